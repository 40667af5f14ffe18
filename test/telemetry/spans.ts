import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type ContextManager,
  type TextMapPropagator,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** An SDK as an operator would bring it, which keeps what it is told. Whatever starts afterwards is traced. */
export interface Spans {
  /** Those that have ended, in that order. */
  all(): readonly ReadableSpan[];
  named(name: string): readonly ReadableSpan[];
  reset(): void;
  stop(): Promise<void>;
}

export function startSdk(): Spans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(createContextManager());
  propagation.setGlobalPropagator(traceContext);
  const all = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
  return {
    all,
    named: (name) => all().filter((span) => span.name === name),
    reset: () => exporter.reset(),
    async stop() {
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    },
  };
}

/** Whether one span is directly below another. */
export function isBelow(span: ReadableSpan, parent: ReadableSpan): boolean {
  return span.parentSpanContext?.spanId === parent.spanContext().spanId;
}

function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, thisArg, ...args) => storage.run(active, () => work.call(thisArg as never, ...args)),
    bind: (active, target) =>
      typeof target === 'function'
        ? (((...args: unknown[]) =>
            storage.run(active, () => (target as (...a: unknown[]) => unknown)(...args))) as never)
        : target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}

/** W3C's `traceparent`; and baggage, which is not to leave the gateway. */
const traceContext: TextMapPropagator = {
  inject(active, carrier, setter) {
    const span = trace.getSpanContext(active);
    if (span === undefined) return;
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
    setter.set(carrier, 'baggage', 'caller=somebody');
  },
  extract(active, carrier, getter) {
    const [, traceId, spanId, flags] =
      /^00-(.{32})-(.{16})-0(.)$/.exec(String(getter.get(carrier, 'traceparent'))) ?? [];
    return traceId === undefined || spanId === undefined
      ? active
      : trace.setSpanContext(active, { traceId, spanId, traceFlags: Number(flags), isRemote: true });
  },
  fields: () => ['traceparent', 'baggage'],
};

import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';
import { noTracing, type SpanAttributes, type Tracing } from '../lib/tracing.js';

const NAME = 'graph-operations-gateway';
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT };

/** All that goes up to Graph: baggage is its callers' text. */
const HEADERS = ['traceparent', 'tracestate'];
/** What a header can hold; more than W3C allows is no trace. */
const HEADER_VALUE = /^[ -~]{1,512}$/;

/**
 * Spans through OpenTelemetry's API. The SDK is the operator's own and has to be there before the gateway starts; where
 * there is none, nothing of this costs anything.
 */
export function createTracing(version: string): Tracing {
  const tracer = trace.getTracer(NAME, version);
  const start = tracer.startSpan('start', { root: true, attributes: { 'service.version': version } });
  start.end();
  // The API alone has no ids to give; an SDK gives one even to a span that it does not record.
  return isSpanContextValid(start.spanContext()) ? tracingWith(tracer) : noTracing;
}

function tracingWith(tracer: Tracer): Tracing {
  /** The span that each piece of work belongs to, for whoever waits for it besides. */
  const covered = new WeakMap<Promise<unknown>, SpanContext>();

  return {
    span(name, attributes, work, kind) {
      const options = { attributes: { ...attributes }, kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind] };
      return tracer.startActiveSpan(name, options, async (span) => {
        try {
          return await work({ set: (more) => describe(span, more) });
        } catch (error) {
          // Its message may hold anything; its name is one of our own.
          describe(span, { 'error.type': error instanceof Error ? error.name : 'unknown' });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    past(name, startedAt, attributesOf) {
      const span = tracer.startSpan(name, { startTime: new Date(startedAt) });
      if (span.isRecording()) describe(span, attributesOf());
      span.end();
    },
    apart: (work) => context.with(ROOT_CONTEXT, work),
    continued: (headers, work) => context.with(traceIn(headers), work),
    here() {
      const active = context.active();
      return (work) => context.with(active, work);
    },
    covers(work) {
      const own = trace.getActiveSpan();
      if (own !== undefined) covered.set(work, own.spanContext());
    },
    joins(work) {
      const other = covered.get(work);
      const own = trace.getActiveSpan();
      if (other !== undefined && own !== undefined && own.spanContext().spanId !== other.spanId) {
        own.addLink({ context: other });
      }
    },
    headers() {
      const carried: Record<string, string> = {};
      propagation.inject(context.active(), carried);
      const known = Object.entries(carried).filter(
        ([name, value]) => HEADERS.includes(name.toLowerCase()) && HEADER_VALUE.test(value),
      );
      return Object.fromEntries(known);
    },
  };
}

/** The trace alone, and neither baggage nor anything else that a caller may have written. */
function traceIn(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Context {
  const carried = Object.fromEntries(
    HEADERS.flatMap((name): [string, string][] => {
      const value = headers[name];
      const text = typeof value === 'string' ? value : value?.join(',');
      return text !== undefined && HEADER_VALUE.test(text) ? [[name, text]] : [];
    }),
  );
  return propagation.extract(ROOT_CONTEXT, carried);
}

function describe(span: Span, attributes: SpanAttributes): void {
  if (!span.isRecording()) return;
  span.setAttributes({ ...attributes } satisfies Attributes);
  if ('error.type' in attributes) span.setStatus({ code: SpanStatusCode.ERROR });
}

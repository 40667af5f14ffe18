import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';

/**
 * How many requests wait for their answers on each connection. A client may send the next one before it has the answer to
 * the last; answers go out in the order of the requests, and those that are ready are held until it is their turn.
 */
export interface Pipelines {
  /** Counts a request that came. @returns whether it is to be served; where not, its connection is cut */
  add(request: IncomingMessage): boolean;
  /** How many answers are due on a connection; one that serves nothing but a stream owes that. */
  unanswered(socket: Duplex): number;
  /** It has its answer. */
  remove(request: IncomingMessage): void;
  /**
   * From now on its connection serves nothing but the answer to this request, and is cut when there is another one.
   * @returns whether it does: not while others wait for their answers on it
   */
  dedicate(request: IncomingMessage): boolean;
}

/** Clients that do it at all have about ten on their way. */
const MAX_UNANSWERED = 64;

interface Pipeline {
  unanswered: number;
  /** How many there may be. */
  most: number;
}

/** @param onCut is told of each connection that is cut */
export function createPipelines(onCut: () => void): Pipelines {
  const pipelines = new WeakMap<Duplex, Pipeline>();
  return {
    add({ socket }) {
      let pipeline = pipelines.get(socket);
      if (pipeline === undefined) {
        pipeline = { unanswered: 0, most: MAX_UNANSWERED };
        pipelines.set(socket, pipeline);
      }
      if (pipeline.unanswered < pipeline.most) {
        pipeline.unanswered += 1;
        return true;
      }
      // What came in the same packet is still read, however many there are of it.
      if (!socket.destroyed) onCut();
      socket.destroy();
      pipeline.most = 0;
      return false;
    },
    unanswered: (socket) => pipelines.get(socket)?.unanswered ?? 0,
    remove({ socket }) {
      const pipeline = pipelines.get(socket);
      if (pipeline !== undefined) pipeline.unanswered -= 1;
    },
    dedicate({ socket }) {
      const pipeline = pipelines.get(socket);
      if (pipeline?.unanswered !== 1) return false;
      pipeline.most = 0;
      return true;
    },
  };
}

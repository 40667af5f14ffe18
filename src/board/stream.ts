import { type Client, type OperationResult } from 'urql';
import { type Change } from './board-state.js';
import { WATCH_HOST, WATCH_OPERATION } from './documents.js';
import { type Watch } from './domain/watch.js';
import {
  type BoardWatchHostSubscription,
  type BoardWatchHostSubscriptionVariables,
  type BoardWatchSubscription,
  type BoardWatchSubscriptionVariables,
} from './generated/documents.js';
import { problemOf, type Problem } from './transport/problem.js';

export interface StreamListener {
  readonly onChange: (change: Change) => void;
  /** @param isOver whether nothing follows */
  readonly onProblem: (problem: Problem, isOver: boolean) => void;
}

type Heard = Pick<OperationResult<BoardWatchSubscription | BoardWatchHostSubscription>, 'data' | 'error' | 'hasNext'>;

/** Begins to hear of what is watched, from how it stands now on. @returns how to stop */
export function openStream(client: Client, watch: Watch, { onChange, onProblem }: StreamListener): () => void {
  const onResult = ({ data, error, hasNext }: Heard): void => {
    const problem = error === undefined ? null : problemOf(error);
    if (problem !== null) {
      onProblem(problem, error?.networkError !== undefined || !hasNext);
    } else if (data !== undefined && hasNext) {
      onChange('operationStatusChanged' in data ? data.operationStatusChanged : data.hostOperationStatusChanged);
    }
  };
  const subscription =
    watch.kind === 'operation'
      ? client
          .subscription<BoardWatchSubscription, BoardWatchSubscriptionVariables>(WATCH_OPERATION, { refs: [watch.ref] })
          .subscribe(onResult)
      : client
          .subscription<BoardWatchHostSubscription, BoardWatchHostSubscriptionVariables>(WATCH_HOST, {
            host: watch.host,
          })
          .subscribe(onResult);
  return () => subscription.unsubscribe();
}

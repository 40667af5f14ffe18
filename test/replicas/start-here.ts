import { startTestGateway } from '../support/gateway.js';
import { readinessOf, type Replica, type World } from './replicas.js';

/**
 * Starts a replica in the test's own process, over the same sockets: for tests of what befalls Redis, which a process of
 * its own would make dearer and not truer.
 */
export async function startHere(world: World, environment: Readonly<Record<string, string>> = {}): Promise<Replica> {
  const { graph } = world;
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    environment: { ...world.environment, ...environment },
  });
  const replica = {
    url: gateway.url,
    hasLogged: (id: string) => gateway.log.some(({ fields }) => Object.values(fields).includes(id)),
    ...readinessOf(gateway.url),
  };
  world.add(replica);
  return replica;
}

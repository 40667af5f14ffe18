import { createHash } from 'node:crypto';

/** Lua that Redis runs in one step. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Microseconds of Redis' own clock: a double holds them exactly, and `%.0f` writes them out. */
const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local function text(n) return string.format('%.0f', n) end
`;

/**
 * Keeps what is held of one operation if nobody was quicker, gives it its version, the next stamp of all, and publishes
 * it: so the order of publications is the order of stamps.
 *
 * KEYS: the snapshot, the last stamp. ARGV: the version that it replaces (empty: none), what is held, for how many ms,
 * the channel, what the publication begins with.
 * Returns the version, or `!` and what is there instead.
 */
export const KEEP_HELD = script(`${NOW}
local found = redis.call('GET', KEYS[1])
local version = found and string.match(found, '^%d+') or ''
if version ~= ARGV[1] then return '!' .. (found or '') end
local stamp = text(math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0') + 1))
local value = stamp .. ':' .. ARGV[2]
redis.call('SET', KEYS[1], value, 'PX', ARGV[3])
redis.call('SET', KEYS[2], stamp)
redis.call('PUBLISH', ARGV[4], ARGV[5] .. value)
return stamp
`);

/**
 * Says that a process is there. It writes, because a Redis that is full can still be read; and it publishes to the process
 * itself, because a connection that only listens is not seen to be dead.
 *
 * KEYS: the replicas, the last stamp. ARGV: the process, for how many ms it counts, its channel, what to publish there,
 * the largest stamp that it has seen.
 * Returns Redis' time in microseconds, the last stamp, and the number of processes.
 */
export const GREET = script(`${NOW}
local ms = math.floor(now / 1000)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], ms + ARGV[2], '+inf')
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
local last = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[5]))
redis.call('SET', KEYS[2], text(last))
redis.call('PUBLISH', ARGV[3], ARGV[4])
return { text(now), text(last), redis.call('ZCARD', KEYS[1]) }
`);

/** KEYS: leases. ARGV: the process, for how many ms. Returns 1 for each that is this process's now. */
export const TAKE_LEASES = script(`
local taken = {}
for i, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  local free = not holder or holder == ARGV[1]
  if free then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
  taken[i] = free and 1 or 0
end
return taken
`);

/** KEYS: leases. ARGV: the process, for how many ms. */
export const EXTEND_LEASES = script(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('PEXPIRE', key, ARGV[2]) end
end
return 1
`);

/** KEYS: leases. ARGV: the process. */
export const RELEASE_LEASES = script(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1
`);

/** KEYS: times. ARGV: for each the time, and when it ends, both epoch ms of Redis' clock. A later time stays. */
export const NOTE_TIMES = script(`${NOW}
for i, key in ipairs(KEYS) do
  local at, forMs = ARGV[2 * i - 1], tonumber(ARGV[2 * i]) - math.floor(now / 1000)
  local found = redis.call('GET', key)
  if forMs > 0 and not (found and tonumber(found) > tonumber(at)) then
    redis.call('SET', key, at, 'PX', text(forMs))
  end
end
return 1
`);

import { createHash } from 'node:crypto';

/** Lua that Redis runs in one step. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/**
 * Microseconds of Redis' own clock: a double holds them exactly, and `%.0f` writes them out. And how keys are read that
 * another hand may have written: one of another type is as one that is not there, and is overwritten; so is a number that
 * is none, or that is beyond what can have been written by now.
 */
const COMMON = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local nowMs = math.floor(now / 1000)
local latestStamp = now + 86400000000
local function text(n) return string.format('%.0f', n) end
local function get(key)
  local found = redis.pcall('GET', key)
  return type(found) == 'string' and found
end
local function whole(digits, latest)
  local n = digits and #digits <= 16 and string.match(digits, '^%d+$') and tonumber(digits) or 0
  return n <= latest and n or 0
end
`;

/**
 * Keeps what is held of one operation if nobody was quicker, gives it its version, the next stamp of all, and publishes
 * it: so the order of publications is the order of stamps.
 *
 * KEYS: the snapshot, the last stamp. ARGV: the version that it replaces (empty: none), what is held, for how many ms,
 * the channel, what the publication begins with.
 * Returns the version, or `!` and what is there instead; what has no version that a stamp can be is not there.
 */
export const KEEP_HELD = script(`${COMMON}
local found = get(KEYS[1])
local version = found and string.match(found, '^(%d+):')
if whole(version, latestStamp) == 0 then version, found = '', '' end
if version ~= ARGV[1] then return '!' .. found end
local stamp = text(math.max(now, whole(get(KEYS[2]), latestStamp) + 1))
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
 * Returns Redis' time in microseconds, the last stamp, the number of processes, and 1 if this one was not among them.
 */
export const GREET = script(`${COMMON}
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local isNew = redis.call('ZADD', KEYS[1], nowMs, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', nowMs - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], nowMs + ARGV[2], '+inf')
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
local last = math.max(whole(get(KEYS[2]), latestStamp), whole(ARGV[5], latestStamp))
redis.call('SET', KEYS[2], text(last))
redis.call('PUBLISH', ARGV[3], ARGV[4])
return { text(now), text(last), redis.call('ZCARD', KEYS[1]), isNew }
`);

/** KEYS: leases. ARGV: the process, for how many ms. Returns 1 for each that is this process's now. One without an end is nobody's. */
export const TAKE_LEASES = script(`${COMMON}
local taken = {}
for i, key in ipairs(KEYS) do
  local holder = get(key)
  local free = not holder or holder == ARGV[1] or redis.call('PTTL', key) < 0
  if free then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
  taken[i] = free and 1 or 0
end
return taken
`);

/** KEYS: leases. ARGV: the process, for how many ms. Returns how many are this process's still. */
export const EXTEND_LEASES = script(`${COMMON}
local extended = 0
for _, key in ipairs(KEYS) do
  if get(key) == ARGV[1] then extended = extended + redis.call('PEXPIRE', key, ARGV[2]) end
end
return extended
`);

/** KEYS: leases. ARGV: the process. */
export const RELEASE_LEASES = script(`${COMMON}
for _, key in ipairs(KEYS) do
  if get(key) == ARGV[1] then redis.call('DEL', key) end
end
return 1
`);

/**
 * KEYS: times. ARGV: for each the time, and when it ends, both epoch ms of Redis' clock. A later time stays, unless it is
 * more than a minute ahead. What is written is the two, with a space between.
 */
export const NOTE_TIMES = script(`${COMMON}
for i, key in ipairs(KEYS) do
  local at, endsAt = ARGV[2 * i - 1], ARGV[2 * i]
  local forMs = tonumber(endsAt) - nowMs
  local found = get(key)
  local noted = whole(found and string.match(found, '^(%d+) %d+$'), nowMs + 60000)
  if forMs > 0 and noted <= tonumber(at) then
    redis.call('SET', key, at .. ' ' .. endsAt, 'PX', text(forMs))
  end
end
return 1
`);

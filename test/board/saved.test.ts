import { describe, expect, it } from '@jest/globals';
import { load, save, type Saved, type Storage } from '../../src/board/domain/saved.js';

function storageOf(text: string | null = null): Storage & { text: string | null } {
  return {
    text,
    getItem() {
      return this.text;
    },
    setItem(_key, value) {
      this.text = value;
    },
  };
}

const LIST: Saved = {
  watches: [
    { kind: 'operation', ref: { location: "/teams('t')/operations('o')" } },
    { kind: 'operation', ref: { chat: { hostId: '19:c@thread.v2', operationId: 'o' } } },
    { kind: 'host', host: { teamId: 't' } },
  ],
  theme: 'dark',
  language: 'fr',
  notifies: true,
};

describe('the saved list', () => {
  it('comes back as it was', () => {
    const storage = storageOf();
    expect(save(storage, LIST)).toBe(true);
    expect(load(storage)).toEqual(LIST);
  });

  it('has nothing in it but what names an operation', () => {
    const token = { authorization: 'Bearer x', token: 'x' };
    const storage = storageOf();
    save(storage, { ...LIST, ...token });
    expect(storage.text).not.toContain('Bearer');
    storage.text = JSON.stringify({
      watches: [{ kind: 'operation', ref: { location: '/a', ...token }, ...token }],
      ...token,
    });
    expect(load(storage)).toEqual({
      watches: [{ kind: 'operation', ref: { location: '/a' } }],
      theme: 'system',
      language: null,
      notifies: false,
    });
  });

  it.each([
    null,
    '',
    '{',
    'null',
    '[]',
    '{"watches":7}',
    '{"watches":[null,1,{},{"kind":"operation"},{"kind":"operation","ref":{"location":1}},{"kind":"host","host":{}}]}',
  ])('is empty where nothing can be read of it: %s', (text) => {
    expect(load(storageOf(text)).watches).toEqual([]);
  });

  it('has each once', () => {
    const watch = { kind: 'host', host: { teamId: 't' } };
    expect(load(storageOf(JSON.stringify({ watches: [watch, watch] }))).watches).toEqual([watch]);
  });

  it('does without a browser that keeps nothing', () => {
    const refusing: Storage = {
      getItem() {
        throw new Error('The operation is insecure.');
      },
      setItem() {
        throw new Error('The quota has been exceeded.');
      },
    };
    expect(load(refusing).watches).toEqual([]);
    expect(save(refusing, LIST)).toBe(false);
  });
});

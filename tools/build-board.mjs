/** The live board. */
export const board = {
  name: 'board',
  title: 'Board',
  folders: ['src/client'],
  packages: ['graphql-ws', 'react', 'react-dom', 'urql', '@urql/core'],
  async bundle(build) {
    const { metafile } = await build({
      format: 'esm',
      entryPoints: { board: 'src/board/main.tsx' },
    });
    return metafile;
  },
};

/** Styles that esbuild puts into a file of their own. */
declare module '*.css';

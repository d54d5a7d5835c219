/** How TypeScript becomes JavaScript, for the build and for jest. As tsconfig.json says; what it refuses is told by `npm run types`. */
export const swcOptions = {
  swcrc: false,
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
};

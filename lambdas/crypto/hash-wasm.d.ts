/** The files of hash-wasm that have one algorithm each; the package types only all of them at once. */
declare module 'hash-wasm/dist/argon2.umd.min.js' {
  const algorithm: Pick<typeof import('hash-wasm'), 'argon2i' | 'argon2d' | 'argon2id'>;
  export default algorithm;
}

declare module 'hash-wasm/dist/bcrypt.umd.min.js' {
  const algorithm: Pick<typeof import('hash-wasm'), 'bcrypt'>;
  export default algorithm;
}

declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Folder to keep the tables in; in memory where absent. */
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }
  export default function dynalite(options?: Options): Server;
}

/** What the engine reads a request by, before it acts. */
declare module 'dynalite/validations/index.js' {
  interface Engine {
    checkTypes(data: unknown, types: unknown): unknown;
    /** Completes the data in place. Throws an Error with `statusCode` and `body`. */
    checkValidations(data: unknown, types: unknown, custom: unknown): void;
  }
  const engine: Engine;
  export default engine;
}

declare module 'dynalite/validations/query.js' {
  const rules: { types: unknown; custom: unknown };
  export default rules;
}

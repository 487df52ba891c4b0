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

/// <reference types="@cloudflare/vitest-plugin/types" />
declare namespace Cloudflare {
  interface Env {
    // biome-ignore lint/suspicious/noExplicitAny: the type of drizzle's D1 parameter, which needs no Workers types here
    DB: any;
    // biome-ignore lint/suspicious/noExplicitAny: likewise
    LOG: any;
    // biome-ignore lint/suspicious/noExplicitAny: likewise
    LOCK: any;
  }
}

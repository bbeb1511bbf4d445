// Looks from time to time whether a database was replaced, and reads it anew then.

/** Milliseconds between two looks. */
const INTERVAL = 5000;

export interface Refreshing {
  /** See FollowedDatabase. */
  refresh(): boolean;
}

export interface Fresh {
  /** Looks now. */
  refresh(): void;
  stop(): void;
}

/** `warn` hears once why it cannot be read; what was read before stays. */
export function keepFresh(
  database: Refreshing,
  warn: (message: string) => void,
  interval = INTERVAL,
): Fresh {
  let said = "";
  const refresh = () => {
    try {
      if (database.refresh()) said = "";
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== said) warn(`${message}; what was read of it before is still used`);
      said = message;
    }
  };
  const timer = setInterval(refresh, interval);
  Deno.unrefTimer(timer);
  return { refresh, stop: () => clearInterval(timer) };
}

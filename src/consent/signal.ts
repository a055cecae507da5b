import type { ResolvedAgent } from './agent.ts';
import type { Evidence } from './evidence.ts';

/** What every reader of a signal is told beside the signal itself. */
export interface SignalContext {
  /** The URL in question. */
  url: string;
  /** Who asks; null when nobody is named, so that what speaks to a named agent speaks to nobody. */
  agent: ResolvedAgent | null;
  /** The place named in evidence: `https://example.com/ai.txt`, or `response header`. */
  where: string;
  /** RFC 3339 UTC, when the signal was read or received. */
  observedAt: string;
}

/** Something the owner of a signal should change: it says nothing as it stands, or not what it seems to say. */
export interface SignalWarning {
  /** As in `Evidence.where`. */
  where: string;
  /** The words themselves, as they stand there. */
  quote: string;
  /** One sentence: what is wrong and what it means for the reading. */
  message: string;
  /** What to write instead. */
  fix?: string;
}

/** What one signal says: silence is no evidence, and what cannot be read is a warning, never a preference. */
export interface SignalReading {
  evidence: Evidence[];
  warnings: SignalWarning[];
}

import { AppError } from '../errors.ts';
import { policyBytesMax, policyKeysMax } from './log-policy.ts';
import { type NoteKey, parseVerifierKey } from './note-key.ts';

// A comment to every reader of a tlog-policy, so that one file can name logs and builders.
const builderKeyMark = '#builder-key';

/**
 * The builders whose reports one believes, as a policy file names them: lines `#builder-key <vkey>`. Everything else in
 * the file is for others to read.
 *
 * @throws AppError `invalid` with the line as its field, `too-large` above `policyBytesMax`.
 */
export function parseBuilderKeys(text: string): NoteKey[] {
  if (text.length > policyBytesMax) {
    throw new AppError('too-large', `A policy file has at most ${policyBytesMax} bytes.`);
  }
  const keys = text.split('\n').flatMap((line, at) => {
    const [word, vkey, ...rest] = line.split(/[ \t\r]+/).filter((item) => item !== '');
    if (word !== builderKeyMark) return [];
    const field = `line ${at + 1}`;
    if (vkey === undefined || rest.length > 0) {
      throw new AppError('invalid', `A line is “${builderKeyMark} <vkey>”.`, { field });
    }
    try {
      return [parseVerifierKey(vkey)];
    } catch (cause) {
      if (cause instanceof AppError) throw new AppError(cause.code, cause.message, { field, cause });
      throw cause;
    }
  });
  if (keys.length > policyKeysMax) {
    throw new AppError('invalid', `A policy file has at most ${policyKeysMax} keys.`);
  }
  return keys;
}

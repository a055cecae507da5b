import { type Preference, type Usage, usages } from '../consent/evidence.ts';
import type { FieldError } from './forms.ts';
import { optOut as text } from './texts/en/opt-out.ts';

/**
 * What is typed into the opt-out form, how it becomes a request, and where the faults of that request belong in the
 * form. Pure, because the browser does it with JavaScript and the server does it without.
 */
export interface OptOutValues {
  urls: string;
  prefixes: string;
  domains: string;
  names: string;
  usages: Record<Usage, Preference | 'nothing'>;
  except: string;
  licence: string;
  contact: string;
  name: string;
  email: string;
  role: string;
  affirmed: boolean;
}

export const blankValues: OptOutValues = {
  urls: '',
  prefixes: '',
  domains: '',
  names: '',
  usages: { 'train-ai': 'disallow', 'ai-use': 'disallow', search: 'nothing', 'style-imitation': 'disallow' },
  except: '',
  licence: '',
  contact: '',
  name: '',
  email: '',
  role: '',
  affirmed: false,
};

/** The areas of addresses and the kind of subject each line of them becomes. */
export const addressAreas = [
  { field: 'urls', kind: 'url', example: 'https://example.com/gallery/dusk.jpg' },
  { field: 'prefixes', kind: 'prefix', example: 'https://example.com/gallery/' },
  { field: 'domains', kind: 'domain', example: 'example.com' },
  { field: 'names', kind: 'name', example: '' },
] as const;

export interface AddressDraft {
  kind: 'url' | 'prefix' | 'domain' | 'name';
  value: string;
}

/** A subject that came from a picture; its shape is the API's WorkSubject. */
export interface WorkDraft {
  kind: 'work';
  label?: string | undefined;
}

/** Where subject `n` of the request was entered. */
export type SubjectOrigin = { field: string; line: number } | { field: 'picture'; file: string };

/** The request as entered: not yet valid, the API's schema decides that. */
export interface OptOutDraft<Work extends WorkDraft> {
  name: string;
  email: string;
  role: string;
  statement: string;
  affirmed: boolean;
  usages: Partial<Record<Usage, Preference>>;
  except: string[];
  licence?: string;
  contact?: string;
  subjects: (Work | AddressDraft)[];
}

function linesOf(area: string): { line: number; value: string }[] {
  return area
    .split('\n')
    .map((value, index) => ({ line: index + 1, value: value.trim() }))
    .filter(({ value }) => value !== '');
}

/**
 * @param works subjects of the pictures, in the order of the list
 * @param statement version of the statement that was shown
 * @returns the body of `POST /v1/opt-outs`, and for each of its subjects where it was entered
 */
export function draftOptOut<Work extends WorkDraft>(
  values: OptOutValues,
  works: readonly Work[],
  statement: string,
): { draft: OptOutDraft<Work>; origins: SubjectOrigin[] } {
  const addresses = addressAreas.flatMap(({ field, kind }) =>
    linesOf(values[field]).map(({ line, value }) => ({ subject: { kind, value }, origin: { field, line } })),
  );
  const said = usages.flatMap((usage) => {
    const preference = values.usages[usage];
    return preference === 'nothing' ? [] : [[usage, preference] as const];
  });
  const draft: OptOutDraft<Work> = {
    name: values.name.trim(),
    email: values.email.trim(),
    role: values.role,
    statement,
    affirmed: values.affirmed,
    usages: Object.fromEntries(said),
    except: linesOf(values.except).map(({ value }) => value),
    subjects: [...works, ...addresses.map(({ subject }) => subject)],
  };
  if (values.licence.trim() !== '') draft.licence = values.licence.trim();
  if (values.contact.trim() !== '') draft.contact = values.contact.trim();
  return {
    draft,
    origins: [
      ...works.map((work) => ({ field: 'picture' as const, file: work.label ?? '' })),
      ...addresses.map(({ origin }) => origin),
    ],
  };
}

/** What anybody can see is missing, said before anything is sent, in the order of the form. */
export function omissions(draft: OptOutDraft<WorkDraft>): FieldError[] {
  const { missing } = text;
  const faults: [boolean, string, string][] = [
    [draft.subjects.length === 0, 'picture', missing.subjects],
    [Object.keys(draft.usages).length === 0, 'usage-train-ai', missing.preferences],
    [draft.name === '', 'name', missing.name],
    [!/^\S+@\S+$/.test(draft.email), 'email', missing.email],
    [draft.role !== 'owner' && draft.role !== 'agent', 'role', missing.role],
    [!draft.affirmed, 'affirmed', missing.affirmed],
  ];
  return faults.flatMap(([absent, field, detail]) => (absent ? [{ field, detail }] : []));
}

const sameName = new Set(['except', 'licence', 'contact', 'name', 'email', 'role', 'affirmed', 'picture']);

/**
 * Brings the faults of a request (`subjects[3].value`, `usages.train-ai`) to the controls of the form, each named by
 * its line or its file. What belongs nowhere goes to the top of the form.
 */
export function placeErrors(
  errors: readonly { field?: string | undefined; detail: string }[],
  origins: readonly SubjectOrigin[],
): FieldError[] {
  return errors.map(({ field = '', detail }) => {
    const subject = /^subjects[[.](\d+)/.exec(field);
    const origin = subject === null ? undefined : origins[Number(subject[1])];
    if (origin !== undefined) {
      return 'line' in origin
        ? { field: origin.field, detail: text.line(origin.line, detail) }
        : { field: 'picture', detail: text.picture(origin.file, detail) };
    }
    const [head = '', usage = ''] = field.split(/[.[\]]/);
    if (head === 'subjects') return { field: 'picture', detail };
    if (head === 'usages') return { field: `usage-${isUsage(usage) ? usage : 'train-ai'}`, detail };
    if (head === 'statement') return { field: 'affirmed', detail };
    return { field: sameName.has(head) ? head : 'opt-out', detail };
  });
}

function isUsage(text: string): text is Usage {
  return (usages as readonly string[]).includes(text);
}

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { submit, type WorkSubject } from '../../actions/submit.ts';
import { usages } from '../../consent/evidence.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { statusOf } from '../../http/problem.ts';
import { OptOutRequest, uploadBytesMax } from '../../http/schemas.ts';
import { invalidInput } from '../../http/validation.ts';
import { currentStatement } from '../../opt-outs/statement.ts';
import type { Assets } from '../assets.ts';
import type { FieldError } from '../forms.ts';
import { blankValues, draftOptOut, type OptOutValues, omissions, placeErrors } from '../opt-out-form.ts';
import { optOutPage } from '../pages/opt-out.ts';
import { sentPage } from '../pages/sent.ts';
import { en } from '../texts/en.ts';
import { type Fields, page, pageContext, readForm, rememberSentTo, sentTo, text } from './context.ts';

/** The form and what it says when it was sent; without JavaScript the form comes here whole. */
export function mountOptOutPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const show = (
    c: Context<AppEnv>,
    values: OptOutValues,
    errors: FieldError[],
    status: Parameters<typeof page>[2] = 200,
  ) =>
    page(
      c,
      optOutPage(pageContext(c, assets), { statement: currentStatement, values, errors, uploadBytesMax }),
      status,
    );

  app.get('/opt-out', (c) => show(c, blankValues, []));

  app.get('/opt-out/sent', (c) => page(c, sentPage(pageContext(c, assets), { email: sentTo(c) })));

  app.post('/opt-out', async (c) => {
    const { fields, refusal } = await readForm(c);
    const values = valuesOf(fields);
    try {
      // A form that is too old is shown again with all that was typed, and a token that is good.
      if (refusal !== null) throw refusal;
      const faults = await send(c, fields, values);
      if (faults.length > 0) return show(c, values, [...faults, ...pictureGone(fields, faults)], 400);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'misconfigured') throw error;
      return show(c, values, [{ field: 'opt-out', detail: sentence(error) }], statusOf[error.code]);
    }
    rememberSentTo(c, values.email.trim());
    return c.redirect('/opt-out/sent', 303);
  });
}

/**
 * Submits what was typed.
 * @returns the faults in it, placed at their controls; none when it is done.
 * @throws AppError for what is not in the form: limits, a busy decoder.
 */
async function send(c: Context<AppEnv>, fields: Fields, values: OptOutValues): Promise<FieldError[]> {
  const picture = await pictureOf(c, fields);
  if ('fault' in picture) return [picture.fault];
  const { draft, origins } = draftOptOut(values, picture.works, text(fields, 'statement'));
  const missing = omissions(draft);
  if (missing.length > 0) return missing;
  const parsed = OptOutRequest.safeParse(draft);
  if (!parsed.success) return placeErrors(invalidInput(parsed.error).errors, origins);
  limit(c, 'write');
  limit(c, 'mail');
  try {
    await submit(c.get('deps'), parsed.data);
    return [];
  } catch (error) {
    if (!(error instanceof AppError) || error.field === undefined) throw error;
    return placeErrors([{ field: error.field, detail: sentence(error) }], origins);
  }
}

function sentence({ message, fix }: AppError): string {
  return fix === undefined ? message : `${message} ${fix}`;
}

/** Browsers never fill a file control again, so a person has to be told. */
function pictureGone(fields: Fields, faults: readonly FieldError[]): FieldError[] {
  if (!isPicture(fields.picture) || faults.some(({ field }) => field === 'picture')) return [];
  return [{ field: 'picture', detail: en.optOut.pictures.again }];
}

/** A file control that was left empty sends a file without a name. */
function isPicture(value: Fields[string] | undefined): value is File {
  return value instanceof File && (value.size > 0 || value.name !== '');
}

/** The one picture that comes without JavaScript, fingerprinted here and not kept. */
async function pictureOf(
  c: Context<AppEnv>,
  { picture }: Fields,
): Promise<{ works: WorkSubject[] } | { fault: FieldError }> {
  if (!isPicture(picture)) return { works: [] };
  limit(c, 'upload');
  const { decoder } = c.get('deps');
  try {
    if (decoder === null) {
      throw new AppError('decoder-unavailable', 'This host cannot read pictures itself.', {
        fix: 'Turn JavaScript on, and your browser makes the fingerprint.',
      });
    }
    if (picture.size > uploadBytesMax) {
      throw new AppError('too-large', 'The picture is larger than 20 MB.', { fix: 'Choose a smaller copy.' });
    }
    const { work } = await decoder.fingerprint(new Uint8Array(await picture.arrayBuffer()));
    return { works: [{ kind: 'work', label: picture.name.slice(0, 300), ...work }] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { fault: { field: 'picture', detail: sentence(error) } };
  }
}

function valuesOf(fields: Fields): OptOutValues {
  const preference = (value: string) => (value === 'disallow' || value === 'allow' ? value : 'nothing');
  return {
    urls: text(fields, 'urls'),
    prefixes: text(fields, 'prefixes'),
    domains: text(fields, 'domains'),
    names: text(fields, 'names'),
    usages: Object.fromEntries(
      usages.map((usage) => [usage, preference(text(fields, `usage-${usage}`))]),
    ) as OptOutValues['usages'],
    except: text(fields, 'except'),
    licence: text(fields, 'licence'),
    contact: text(fields, 'contact'),
    name: text(fields, 'name'),
    email: text(fields, 'email'),
    role: text(fields, 'role'),
    affirmed: text(fields, 'affirmed') === 'yes',
  };
}

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { submit, type WorkSubject } from '../../actions/submit.ts';
import { usages } from '../../consent/evidence.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { OptOutRequest, uploadBytesMax } from '../../http/schemas.ts';
import { invalidInput } from '../../http/validation.ts';
import { currentStatement } from '../../opt-outs/statement.ts';
import type { Assets } from '../assets.ts';
import type { FieldError } from '../forms.ts';
import { blankValues, draftOptOut, type OptOutValues, omissions, placeErrors } from '../opt-out-form.ts';
import { optOutPage } from '../pages/opt-out.ts';
import { sentPage } from '../pages/sent.ts';
import { form, page, pageContext, text } from './context.ts';

/** The form and what it says when it was sent; without JavaScript the form comes here whole. */
export function mountOptOutPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const show = (c: Context<AppEnv>, values: OptOutValues, errors: FieldError[], status: 200 | 400 = 200) =>
    page(
      c,
      optOutPage(pageContext(c, assets), { statement: currentStatement, values, errors, uploadBytesMax }),
      status,
    );

  app.get('/opt-out', (c) => show(c, blankValues, []));

  app.get('/opt-out/sent', (c) => page(c, sentPage(pageContext(c, assets), { email: null })));

  app.post('/opt-out', async (c) => {
    const fields = await form(c);
    const values = valuesOf(fields);
    const works = await pictureOf(c, fields);
    if ('errors' in works) return show(c, values, works.errors, 400);
    const { draft, origins } = draftOptOut(values, works.works, text(fields, 'statement'));
    const missing = omissions(draft);
    if (missing.length > 0) return show(c, values, missing, 400);
    const parsed = OptOutRequest.safeParse(draft);
    if (!parsed.success) return show(c, values, placeErrors(invalidInput(parsed.error).errors, origins), 400);
    limit(c, 'write');
    limit(c, 'mail');
    try {
      await submit(c.get('deps'), parsed.data);
    } catch (error) {
      if (!(error instanceof AppError) || error.field === undefined) throw error;
      const detail = [error.message, error.fix].filter((part) => part !== undefined).join(' ');
      return show(c, values, placeErrors([{ field: error.field, detail }], origins), 400);
    }
    return c.redirect('/opt-out/sent', 303);
  });
}

/** The one picture that comes without JavaScript, fingerprinted here and not kept. */
async function pictureOf(
  c: Context<AppEnv>,
  fields: Record<string, string | File>,
): Promise<{ works: WorkSubject[] } | { errors: FieldError[] }> {
  const { picture } = fields;
  // A file control that was left empty sends a file without a name.
  if (!(picture instanceof File) || (picture.size === 0 && picture.name === '')) return { works: [] };
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
    const detail = [error.message, error.fix].filter((part) => part !== undefined).join(' ');
    return { errors: [{ field: 'picture', detail }] };
  }
}

function valuesOf(fields: Record<string, string | File>): OptOutValues {
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

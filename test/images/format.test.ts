import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { pictureFormats, sniffPicture } from '../../src/images/format.ts';

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
/** A file type box: length, 'ftyp', major brand, version, compatible brands. */
const ftyp = (major: string, ...compatible: string[]) =>
  bytes(
    `\0\0\0${String.fromCharCode(16 + compatible.length * 4)}ftyp${major}\0\0\0\0${compatible.join('')}\0\0\0\x08mdat`,
  );

describe('read', () => {
  test.each([
    ['png', bytes('\x89PNG\r\n\x1a\n')],
    ['jpeg', bytes('\xff\xd8\xff\xe0')],
    ['webp', bytes('RIFF\x10\0\0\0WEBPVP8 ')],
    ['gif', bytes('GIF87a')],
    ['gif', bytes('GIF89a')],
    ['avif', ftyp('avif', 'mif1', 'miaf')],
    ['avif', ftyp('avis', 'avif', 'msf1')],
    ['avif', ftyp('mif1', 'avif', 'miaf')],
  ])('%s', (format, file) => {
    expect(sniffPicture(file)).toBe(format);
  });
});

describe('refused by name', () => {
  test.each([
    ['an empty file', new Uint8Array(0)],
    ['an SVG drawing', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an SVG drawing', bytes('\n\t <?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg/>')],
    ['an SVG drawing', bytes('\xef\xbb\xbf<SVG/>')],
    ['an SVG drawing', bytes('\xff\xfe<\0s\0v\0g\0/\0>\0')],
    ['an HTML page', bytes('<!DOCTYPE html><title>404</title>')],
    ['an HTML page', bytes('  <html lang="en">')],
    ['an XML file', bytes('<?xml version="1.0"?><rss/>')],
    ['a PDF', bytes('%PDF-1.7')],
    ['a PostScript file', bytes('%!PS-Adobe-3.0 EPSF-3.0')],
    ['a TIFF picture', bytes('II*\0')],
    ['a TIFF picture', bytes('MM\0*')],
    ['a HEIC picture', ftyp('heic', 'mif1', 'heic')],
    ['a HEIC picture', ftyp('mif1', 'heic')],
    ['a video', ftyp('isom', 'mp41')],
    ['a Photoshop document', bytes('8BPS\0\x01')],
    ['a BMP picture', bytes('BM\x46\0')],
    ['an icon file', bytes('\0\0\x01\0\x01\0')],
    ['a JPEG 2000 picture', bytes('\0\0\0\x0cjP  \r\n\x87\n')],
    ['a JPEG XL picture', bytes('\xff\x0a\xfa\x7f')],
    ['a JPEG XL picture', bytes('\0\0\0\x0cJXL \r\n\x87\n')],
    ['a gzip archive', bytes('\x1f\x8b\x08')],
    ['a ZIP archive', bytes('PK\x03\x04')],
    ['no picture format', bytes('hello')],
    ['no picture format', bytes('\x89PNG\r\n\x1a')],
    ['no picture format', bytes('RIFF\x10\0\0\0WAVEfmt ')],
    ['no picture format', bytes('GIF88a')],
    ['no picture format', new Uint8Array(512)],
  ])('%s', (what, file) => {
    try {
      sniffPicture(file);
      expect.fail('was not refused');
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'unsupported-image', fix: expect.stringContaining('PNG') });
      expect((error as AppError).message).toContain(what);
    }
  });
});

test('any bytes give a format or a refusal, never another error', () => {
  const start = fc.constantFrom(
    '',
    'RIFF',
    'GIF',
    '\0\0\0\x20ftyp',
    '\0\0\0\0ftypmif1',
    '\xff\xff\xff\xffftypmif1',
    '<',
    '\xff\xd8',
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 600 }), (head, tail) => {
      try {
        expect(pictureFormats).toContain(sniffPicture(Uint8Array.from([...bytes(head), ...tail])));
      } catch (error) {
        expect(error).toMatchObject({ code: 'unsupported-image' });
      }
    }),
    { numRuns: 2000 },
  );
});

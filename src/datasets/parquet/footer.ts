import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { AppError } from '../../errors.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { damaged } from './faults.ts';
import { checkStruct } from './thrift.ts';

/** What the footer of a file says, numbers checked against the file. */
export type Footer = FileMetaData;

/** The footer is all in memory, as objects many times its size. */
export const footerBytesMax = 64 * 1024 * 1024;
const footerValuesMax = 8_000_000;
/** One read takes most footers whole. */
const tailBytes = 256 * 1024;
const trailerBytes = 8;

/**
 * Reads the footer (Parquet format, "File format"): metadata, their length, `PAR1`.
 * @throws AppError `invalid` with a clause to follow the file's name.
 */
export async function readFooter(source: ByteSource): Promise<Footer> {
  const { size } = source;
  if (size < trailerBytes + 4) throw new AppError('invalid', 'is too short to be Parquet');
  const tailStart = Math.max(0, size - tailBytes);
  const tail = Buffer.from(await source.read(tailStart, size));
  const magic = tail.subarray(-4).toString('latin1');
  if (magic === 'PARE') throw new AppError('invalid', 'is encrypted Parquet, which is not read here');
  if (magic !== 'PAR1') throw new AppError('invalid', 'is no Parquet: it does not end in PAR1');
  const metadataBytes = tail.readUInt32LE(tail.length - trailerBytes);
  const start = size - trailerBytes - metadataBytes;
  if (start < 4) throw damaged('its footer is longer than the file');
  if (metadataBytes > footerBytesMax) {
    throw new AppError('invalid', `has a footer of ${metadataBytes} bytes`, {
      fix: 'write it anew with larger row groups or as several files',
    });
  }
  const footer =
    start >= tailStart
      ? tail.subarray(start - tailStart)
      : Buffer.concat([await source.read(start, tailStart), tail]);
  return parse(footer, metadataBytes);
}

function parse(footer: Buffer, metadataBytes: number): Footer {
  // The library believes every length; these bytes are known to be all there before it sees them.
  checkStruct({ bytes: footer.subarray(0, metadataBytes), at: 0, valuesLeft: footerValuesMax });
  try {
    return parquetMetadata(footer, { geoparquet: false, parsers: { stringFromBytes: () => undefined } });
  } catch (error) {
    throw damaged('its footer makes no sense', error);
  }
}

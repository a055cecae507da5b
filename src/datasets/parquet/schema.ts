import type { SchemaElement } from 'hyparquet';
import { damaged } from './faults.ts';
import type { NumberForm } from './numbers.ts';

/** A column that holds values, at any depth of the schema. */
export interface ParquetColumn {
  /** Its place among the columns of every row group. */
  at: number;
  /**
   * Names from the outermost group inward, joined by dots: `url`, `image.url`. Columns below a list or map have
   * its name.
   */
  name: string;
  /** Physical type of parquet.thrift. */
  type: string;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY. */
  fixedBytes: number;
  /** Whether the file calls it text. */
  isText: boolean;
  /** How to write its numbers out; undefined for what is no whole number, no time and no UUID. */
  numbers: NumberForm | undefined;
  /** Whether a row can have several values, as in a list or a map. */
  isRepeated: boolean;
  /** Definition level of a value that is there. */
  levelMax: number;
}

const columnsMax = 10_000;
const depthMax = 64;

/**
 * The columns of a schema, which is a tree written in preorder.
 * @throws AppError `invalid` when it is no tree.
 */
export function parquetColumns(schema: readonly SchemaElement[]): ParquetColumn[] {
  const columns: ParquetColumn[] = [];
  const groups: Group[] = [{ left: schema[0]?.num_children ?? 0, path: [], levelMax: 0 }];
  for (const element of schema.slice(1)) {
    while (groups.at(-1)?.left === 0) groups.pop();
    const group = groups.at(-1);
    if (group === undefined || groups.length > depthMax) throw damaged('its schema is no tree');
    group.left -= 1;
    const path = [...group.path, element.name];
    const repeated = group.repeated ?? (element.repetition_type === 'REPEATED' ? path.join('.') : undefined);
    const levelMax = group.levelMax + (element.repetition_type === 'REQUIRED' ? 0 : 1);
    if (element.type === undefined) {
      const list = isList(element) ? path.join('.') : undefined;
      groups.push({ left: element.num_children ?? 0, path, levelMax, repeated: repeated ?? list });
    } else {
      const name = repeated ?? path.join('.');
      columns.push({
        at: columns.length,
        ...leafOf(element),
        name,
        isRepeated: repeated !== undefined,
        levelMax,
      });
    }
    if (columns.length > columnsMax) throw damaged(`it has more than ${columnsMax} columns`);
  }
  return columns;
}

interface Group {
  /** Elements still to come in it. */
  left: number;
  path: string[];
  levelMax: number;
  /** Name of the list it is or lies in. */
  repeated?: string | undefined;
}

function isList({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return /^(LIST|MAP)/.test(converted ?? '') || logical?.type === 'LIST' || logical?.type === 'MAP';
}

function leafOf(element: SchemaElement) {
  const { type = '', type_length: length = 0, converted_type: converted, logical_type: logical } = element;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && !(length > 0)) throw damaged('a column of values without length');
  const texts = ['UTF8', 'ENUM', 'JSON'];
  return {
    type,
    fixedBytes: type === 'FIXED_LEN_BYTE_ARRAY' ? length : 0,
    isText: texts.includes(converted ?? '') || ['STRING', 'ENUM', 'JSON'].includes(logical?.type ?? ''),
    numbers: numbersOf(element),
  };
}

function numbersOf(element: SchemaElement): NumberForm | undefined {
  const { type, type_length: length, converted_type: converted, logical_type: logical } = element;
  if (type === 'FIXED_LEN_BYTE_ARRAY') return logical?.type === 'UUID' && length === 16 ? 'uuid' : undefined;
  const time = timeOf(element);
  if (time !== undefined) return time;
  const isWhole =
    (converted === undefined || /^U?INT_/.test(converted)) &&
    (logical === undefined || logical.type === 'INTEGER');
  if (!isWhole) return undefined;
  const isUnsigned = converted?.startsWith('UINT_') || (logical?.type === 'INTEGER' && !logical.isSigned);
  if (type === 'INT32') return isUnsigned ? 'uint32' : 'int32';
  if (type === 'INT64') return isUnsigned ? 'uint64' : 'int64';
  return undefined;
}

function timeOf({
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement): NumberForm | undefined {
  if (type === 'INT32') return logical?.type === 'DATE' || converted === 'DATE' ? 'date' : undefined;
  if (type !== 'INT64') return undefined;
  if (logical?.type === 'TIMESTAMP') {
    return ({ MILLIS: 'milliseconds', MICROS: 'microseconds', NANOS: 'nanoseconds' } as const)[logical.unit];
  }
  if (converted === 'TIMESTAMP_MILLIS') return 'milliseconds';
  return converted === 'TIMESTAMP_MICROS' ? 'microseconds' : undefined;
}

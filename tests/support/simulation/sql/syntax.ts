// What a statement says, as a tree: as much of SQL as src/store/postgres writes while it holds, keeps, follows and takes over.

export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'parameter'; readonly at: number }
  | { readonly kind: 'column'; readonly of: string | undefined; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'is-null'; readonly of: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: Select | Expression }
  | {
      readonly kind: 'case';
      readonly of: Expression;
      readonly when: Expression;
      readonly then: Expression;
      readonly other: Expression;
    }
  | { readonly kind: 'scalar'; readonly select: Select }
  | { readonly kind: 'exists'; readonly select: Select };

export interface Item {
  /** Undefined: all columns. */
  readonly expression: Expression | undefined;
  readonly as: string | undefined;
}

export type Source =
  | { readonly kind: 'table'; readonly name: string; readonly alias: string }
  | { readonly kind: 'select'; readonly select: Select; readonly alias: string }
  | {
      readonly kind: 'unnest';
      readonly args: readonly Expression[];
      readonly alias: string;
      readonly columns: readonly string[];
    };

export interface Order {
  readonly by: Expression;
  readonly isDescending: boolean;
}

export interface Select {
  readonly kind: 'select';
  readonly items: readonly Item[];
  readonly sources: readonly Source[];
  readonly where: Expression | undefined;
  readonly order: readonly Order[];
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  readonly isForUpdate: boolean;
}

export interface Assignment {
  readonly column: string;
  readonly value: Expression;
}

export interface Insert {
  readonly kind: 'insert';
  readonly table: string;
  /** Empty: all, in their order. */
  readonly columns: readonly string[];
  readonly rows: readonly Expression[] | Select;
  /** Where there is a row of this key: undefined: a fault; none: it stays; otherwise what becomes of it. */
  readonly onConflict: readonly Assignment[] | undefined;
}

export interface Update {
  readonly kind: 'update';
  readonly table: string;
  readonly set: readonly Assignment[];
  readonly from: Source | undefined;
  readonly where: Expression | undefined;
  readonly returning: readonly Item[];
}

export interface Delete {
  readonly kind: 'delete';
  readonly table: string;
  readonly where: Expression | undefined;
  readonly returning: readonly Item[];
}

export type Statement = Select | Insert | Update | Delete;

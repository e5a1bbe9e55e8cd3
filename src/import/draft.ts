// A configuration on its way to being written. Texts in it are as they stand in the file: `${NAME}` is a variable.

/** As in openk.yaml. */
export type Draft = Readonly<Record<string, unknown>>;

/** Text as it is: `${` in it is no variable. */
export function literal(text: string): string {
  // A function, since `$$` stands for one `$` in a replacement.
  return text.replaceAll('${', () => '$${');
}

export type Block =
  | { readonly kind: 'COMPONENT'; readonly id: string; readonly component: Draft; readonly comments: readonly string[] }
  /** What is not there, shown as it was or would be. */
  | { readonly kind: 'COMMENT'; readonly shown: unknown; readonly comments: readonly string[] };

/** A group of those of its members that are there: components, and groups that have some. */
export interface GroupDraft {
  readonly id: string;
  readonly keys: Draft;
  readonly members: readonly string[];
}

export interface ChannelDraft {
  readonly id: string;
  readonly channel: Draft;
}

/** A route for those of its components that are there, to those of its channels that are. */
export interface RouteDraft {
  readonly id: string;
  readonly keys: Draft;
  readonly components: readonly string[];
  readonly channels: readonly string[];
}

/** A status page of those of its components that are there. */
export interface PageDraft {
  readonly id: string;
  readonly keys: Draft;
  readonly groups: readonly { readonly title: string; readonly components: readonly string[] }[];
}

export interface ConfigDraft {
  /** Lines at the top. */
  readonly title: readonly string[];
  /** Keys before the components, such as `defaults`. */
  readonly before: Draft;
  readonly blocks: readonly Block[];
  readonly groups: readonly GroupDraft[];
  readonly channels: readonly ChannelDraft[];
  readonly routes: readonly RouteDraft[];
  /** Components by which OpenK finds out that its own network is gone. */
  readonly witnesses: readonly string[];
  readonly pages: readonly PageDraft[];
}

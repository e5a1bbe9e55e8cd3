// An exporter with an owner. Reports when a signal cannot be sent to the collector, and when it can be again: once each, and not
// for every batch. To the SDK all goes well: it would report every batch, and break off the others' last sending at the end.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';

/** Of the SDK's exporters, what is used here. */
interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
}

export interface ExportWatch {
  /** Around each sending. */
  readonly during: (send: () => void) => void;
  /** Called with what went wrong when sending begins to fail, with undefined when it works again. */
  readonly onChange: (error: Error | undefined) => void;
}

/** The same exporter, watched. */
export function watchExports<Items, Watched extends Exporter<Items>>(
  exporter: Watched & Exporter<Items>,
  { during, onChange }: ExportWatch,
): Watched {
  const send = exporter.export.bind(exporter);
  let isFailing = false;
  exporter.export = (items, done) =>
    during(() =>
      send(items, ({ code, error: cause }) => {
        const error = code === ExportResultCode.SUCCESS ? undefined : (cause ?? new Error('it does not say why'));
        if ((error !== undefined) !== isFailing) {
          isFailing = !isFailing;
          onChange(error);
        }
        done({ code: ExportResultCode.SUCCESS });
      }),
    );
  return exporter;
}

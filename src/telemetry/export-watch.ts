// Tells when a signal cannot be sent to the collector, and when it can be again: once each, and not for every batch.

/** Of the SDK's exporters, what is used here. */
interface Exporter<Items> {
  export(items: Items, done: (result: { readonly error?: Error }) => void): void;
}

/** Called with what went wrong when sending begins to fail, with undefined when it works again. */
export type OnExportChange = (error: Error | undefined) => void;

/** The same exporter, watched. */
export function watchExports<Items, Watched extends Exporter<Items>>(
  exporter: Watched & Exporter<Items>,
  onChange: OnExportChange,
): Watched {
  const send = exporter.export.bind(exporter);
  let isFailing = false;
  exporter.export = (items, done) =>
    send(items, (result) => {
      const { error } = result;
      if ((error !== undefined) !== isFailing) {
        isFailing = !isFailing;
        onChange(error);
      }
      done(result);
    });
  return exporter;
}

/** The known name nearest to one that is not known, for "did you mean"; undefined when none is near. An argument. */
export type NearestName = (name: string, known: Iterable<string>) => string | undefined;

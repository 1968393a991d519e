/**
 * How Node runs the processes of the store. Frames and log records lie outside V8's heap but count against its limits: with the
 * small young generation that is the default, those that are dead and not collected yet make V8 collect the old generation too,
 * up to ten times a second under load. In MiB; at worst three times as much memory is taken.
 */
export const NODE_FLAGS = ['--max-semi-space-size=64', '--min-semi-space-size=16'] as const;

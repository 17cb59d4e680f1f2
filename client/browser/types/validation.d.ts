/** Validators for the messages of a server. */
export type Validator = (value: unknown, path: string) => void;
/**
 * The validators of the server's messages, by type.
 * @type {Record<string, Validator>}
 */
export declare const VALIDATORS: Record<string, Validator>;

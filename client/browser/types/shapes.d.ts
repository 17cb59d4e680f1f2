/** What the messages of a server look like: each shape is a function that throws where a value has not that shape. */
export type Shape = (value: unknown, path: string) => void;
/**
 * The server's messages by type.
 * @type {Record<string, Shape>}
 */
export declare const SHAPES: Record<string, Shape>;

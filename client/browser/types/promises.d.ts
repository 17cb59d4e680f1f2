/** Helpers for promises that the program may ignore. */
/**
 * Suppress the warning about an unhandled rejection: the program does not have to await this promise.
 * @template T
 * @param {Promise<T>} promise
 */
export declare function optional<T>(promise: Promise<T>): Promise<T>;
/**
 * Return a promise with the functions that settle it.
 * @returns {{promise: Promise<any>, resolve: (value: any) => void, reject: (error: unknown) => void}}
 */
export declare function deferred(): {
    promise: Promise<any>;
    resolve: (value: any) => void;
    reject: (error: unknown) => void;
};

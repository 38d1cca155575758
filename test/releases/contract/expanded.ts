/**
 * A type with every name in it replaced by what it stands for, so that what the compiler emits for it needs no other
 * file: a release's contract must not change with the types that it was made of. For types that travel as JSON.
 * Conditional throughout, and no mapping of `keyof T` itself, since the compiler would emit the names as they are written.
 */
export type Expanded<T> = [T] extends [void] ? void : Texts<Extract<T, string>> | Others<Exclude<T, string>>;

type Texts<T extends string> = [T] extends [never] ? never : string extends T ? string : { [Value in T]: Value }[T];

type Others<T> = T extends number | boolean | null | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Expanded<Element>[]
    : [OptionalKeys<T>] extends [never]
      ? { readonly [Key in Exclude<keyof T, never>]: Expanded<T[Key]> }
      : { readonly [Key in Exclude<keyof T, OptionalKeys<T>>]: Expanded<T[Key]> } & {
          readonly [Key in OptionalKeys<T>]?: Expanded<Exclude<T[Key], undefined>>;
        };

type OptionalKeys<T> = { [Key in keyof T]-?: T extends Record<Key, T[Key]> ? never : Key }[keyof T];

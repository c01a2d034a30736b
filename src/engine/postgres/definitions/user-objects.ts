/** A namespace whose objects are the user's: not the server's, and not Tidemark's own. */
export function isUserSchema(namespace: string): string {
  return `${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname NOT IN ('information_schema', 'tidemark')`;
}

/** CREATE EXTENSION makes its members again, so they are never made one by one. */
export function isOwnObject(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend AS member
    WHERE member.classid = '${catalog}'::regclass AND member.objid = ${oid} AND member.deptype = 'e')`;
}

/** Objects of initdb have lower oids (src/include/access/transam.h, FirstNormalObjectId). */
export const FIRST_USER_OID = 16384;

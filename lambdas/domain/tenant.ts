/** What a tenant's name looks like, whoever gives it. */
export const TENANT = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/;

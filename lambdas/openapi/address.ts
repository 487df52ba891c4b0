/** In the place of the issuer, which only the deployment knows: the function puts it in when it starts. */
export const ADDRESS = 'https://tollgate.invalid';

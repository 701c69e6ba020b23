#ifndef SPUR_BASE_URI_H
#define SPUR_BASE_URI_H

/*
 * What may be shown of a text that names a server: *** for the passwords of the URIs in it (RFC 3986:
 * "//user:password@", and the parameters password= and sslpassword=; rather too much than too little).
 * Whatever prints, records or audits an argument takes it from here. The caller frees.
 */
char *spur_uri_hide(const char *text);
/* A URI without its password ("//user@"); *password, decoded, or NULL. The caller frees both. */
char *spur_uri_split(const char *uri, char **password);

#endif

/**
 * A key and its own certificate for the name `localhost`, for tests only: nothing trusts it unless a test says so. Valid from 2020
 * to 2120. Node makes keys but no certificates, so it was made once with OpenSSL.
 */
const localhostCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoTodi/I7d/rf9/w0
SQNlsWUuW/uGASY5HCv5ty+PQH2hRANCAATmNMtsPSCZUixaakAr1Gd19QqTqoe3
l8vO2A37605vSnmz14DDV6jw27QmXAvpH7Y5UQmgnJruceXeg5dlsE9f
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBYTCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOY0y2w9IJlSLFpq
QCvUZ3X1CpOqh7eXy87YDfvrTm9KebPXgMNXqPDbtCZcC+kftjlRCaCcmu5x5d6D
l2WwT1+jSDBGMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0
MB0GA1UdDgQWBBQBFie5ZoFWmYqROW5o+SRV0vXoqTAKBggqhkjOPQQDAgNIADBF
AiBwLDw1aejgqWm5nb0vclR9IuuS/thpq0hjwVK3c644ZAIhAOwZ2i80waliAJsn
0hIbogkSck3StsMTuyugPiDAzdqU
-----END CERTIFICATE-----
`,
};

export { localhostCertificate };

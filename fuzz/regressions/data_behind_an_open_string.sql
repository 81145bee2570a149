COPY x from stdin AS ';' NULL E'\X' n 'ashX:
\.

COPY x from stdin AS ';' NULL AS '';
3000;;c;;
\.

COPY t FROM stdin;TURNS int==e
3
4\SD.O$
T

COPY u$$3 c(t' ', 'a',
  'b') AS c;

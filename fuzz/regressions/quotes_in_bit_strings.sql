SELECT ARRAY[,b'''a'];
SELECT B'1''0', x'1'
'F';

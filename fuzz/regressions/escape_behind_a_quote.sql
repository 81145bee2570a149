SELECT U&"""é\x"

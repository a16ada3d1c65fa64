// version
// The first question to any server: is it there, may we ask, and what is it?
CALL dbms.components() YIELD versions
RETURN versions[0] AS version

// persons
// What says which person accounts belong to: their person_id and identifiers of kind person, these
// by the beginning of their id, which is unique.
UNWIND $ids AS id
MATCH (d:Distributor {id: id})
WITH d, replace(replace(d.id, '\\', '\\\\'), '|', '\\|') AS escaped
CALL (escaped) {
  MATCH (x:Identifier)
  WHERE x.id STARTS WITH 'distributor|' + escaped + '|person|'
  RETURN collect(DISTINCT x.value) AS sealed
}
RETURN d.id AS id, d.person_id AS person_id, sealed

// accounts
// All accounts of persons by their person_id.
MATCH (d:Distributor)
WHERE d.person_id IN $person_ids
RETURN d.id AS id
ORDER BY id

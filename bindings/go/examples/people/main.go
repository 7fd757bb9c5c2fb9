// Command people is the program of examples/people.c in Go: some records in, one out again, and all of them in order.
package main

import (
	"fmt"
	"log"

	"wombatdb.org/go/wombat"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() (err error) {
	db, err := wombat.Open("people")
	if err != nil {
		return err
	}
	defer func() {
		if closeError := db.Close(); err == nil {
			err = closeError
		}
	}()
	for name, year := range map[string]string{"ada": "1815", "grace": "1906", "alan": "1912"} {
		if err := db.Put([]byte(name), []byte(year), nil); err != nil {
			return err
		}
	}
	if err := db.Delete([]byte("alan"), nil); err != nil {
		return err
	}
	rows, err := db.NewIterator(nil)
	if err != nil {
		return err
	}
	for rows.Next() {
		fmt.Printf("%s was born in %s\n", rows.Key(), rows.Value())
	}
	return rows.Close()
}

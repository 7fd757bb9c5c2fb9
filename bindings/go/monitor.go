package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// Description is a name with one line about it.
type Description struct {
	Name string
	Help string
}

// Statistics describes all statistics that there are.
func Statistics() []Description {
	all := make([]Description, raw.Statistic_count())
	for i := range all {
		all[i] = Description{raw.Statistic_name(int64(i)), raw.Statistic_help(int64(i))}
	}
	return all
}

// Properties describes all properties that there are.
func Properties() []Description {
	all := make([]Description, raw.Property_count())
	for i := range all {
		all[i] = Description{raw.Property_name(int64(i)), raw.Property_help(int64(i))}
	}
	return all
}

// Statistics returns all statistics since the database was opened, by name.
func (db *DB) Statistics() (map[string]uint64, error) {
	values := make([]byte, 8*raw.Statistic_count())
	count := raw.Statistics(db.handle.number, values, int64(len(values)/8))
	runtime.KeepAlive(db)
	if err := check(count); err != nil {
		return nil, err
	}
	all := make(map[string]uint64, count)
	for i := int64(0); i < count; i++ {
		all[raw.Statistic_name(i)] = native.Uint64(values[8*i:])
	}
	return all, nil
}

// Report returns all statistics and properties as text for people.
func (db *DB) Report() (string, error) { return db.report(cFormatText) }

// ReportJSON returns all statistics and properties for programs.
func (db *DB) ReportJSON() (string, error) { return db.report(cFormatJson) }

func (db *DB) report(format int) (string, error) {
	defer runtime.KeepAlive(db)
	return readText(func(buffer []byte) int64 { return raw.Report(db.handle.number, format, buffer, int64(len(buffer))) })
}

// Property returns the present value of a property, such as "levels".
func (db *DB) Property(name string) (string, error) {
	text, err := cText(name)
	if err != nil {
		return "", err
	}
	defer runtime.KeepAlive(db)
	return readText(func(buffer []byte) int64 { return raw.Property(db.handle.number, text, buffer, int64(len(buffer))) })
}

// PropertyInt returns the present value of a property that is a number, such as "disk.bytes".
func (db *DB) PropertyInt(name string) (uint64, error) {
	text, err := cText(name)
	if err != nil {
		return 0, err
	}
	value := make([]byte, 8)
	err = check(raw.Property_integer(db.handle.number, text, value))
	runtime.KeepAlive(db)
	return native.Uint64(value), err
}

package wombat

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wombatdb.org/go/wombat/internal/raw"
)

// Option is a setting with which a database is opened.
type Option func(*settings) error

type settings struct {
	options int64
	logger  func(LogLevel, string)
}

// With sets an option from text: With(wombat.OptionCacheSize, "512MiB").
func With(name, value string) Option {
	return func(s *settings) error {
		return callWithTexts(func(texts ...[]byte) int64 { return raw.Options_set(s.options, texts[0], texts[1]) }, name, value)
	}
}

// WithInt sets a numeric, size or bool option.
func WithInt(name string, value int64) Option {
	return func(s *settings) error {
		return callWithTexts(func(texts ...[]byte) int64 { return raw.Options_set_integer(s.options, texts[0], value) }, name)
	}
}

// WithText sets many options: "name=value" separated by ';' or line ends; '#' begins a comment.
func WithText(text string) Option {
	return func(s *settings) error {
		return callWithTexts(func(texts ...[]byte) int64 { return raw.Options_parse(s.options, texts[0]) }, text)
	}
}

// WithPreset replaces all settings so far by those of a preset, such as "durable".
func WithPreset(name string) Option {
	return func(s *settings) error {
		text, err := cText(name)
		if err != nil {
			return err
		}
		options := raw.Options_create_preset(text)
		if err := check(options); err != nil {
			return err
		}
		raw.Options_destroy(s.options)
		s.options = options
		return nil
	}
}

// LogLevel is the importance of a message.
type LogLevel int

// Levels of messages.
const (
	LogDebug   LogLevel = cLogDebug
	LogInfo    LogLevel = cLogInfo
	LogWarning LogLevel = cLogWarning
	LogError   LogLevel = cLogError
)

// WithLogger sends the messages of the database to a function, which is called from one goroutine, one message after the
// other, until Close. Messages never hold keys or values.
func WithLogger(logger func(level LogLevel, message string)) Option {
	return func(s *settings) error {
		s.logger = logger
		return nil
	}
}

// newSettings applies options; the caller destroys the options object.
func newSettings(options []Option) (*settings, error) {
	created := raw.Options_create()
	if err := check(created); err != nil {
		return nil, err
	}
	s := &settings{options: created}
	for _, option := range options {
		if err := option(s); err != nil {
			raw.Options_destroy(s.options)
			return nil, err
		}
	}
	return s, nil
}

// newOpening is newSettings, and the path as C takes it: what calls that open something begin with.
func newOpening(path string, options []Option) ([]byte, *settings, error) {
	text, err := cText(path)
	if err != nil {
		return nil, nil, err
	}
	s, err := newSettings(options)
	return text, s, err
}

// OptionValue returns what an option is after some settings were made, as text.
func OptionValue(name string, options ...Option) (string, error) {
	s, err := newSettings(options)
	if err != nil {
		return "", err
	}
	defer raw.Options_destroy(s.options)
	text, err := cText(name)
	if err != nil {
		return "", err
	}
	return readText(func(buffer []byte) int64 { return raw.Options_get(s.options, text, buffer, int64(len(buffer))) })
}

// OptionInt returns what a numeric, size or bool option is after some settings were made.
func OptionInt(name string, options ...Option) (int64, error) {
	s, err := newSettings(options)
	if err != nil {
		return 0, err
	}
	defer raw.Options_destroy(s.options)
	text, err := cText(name)
	if err != nil {
		return 0, err
	}
	value := make([]byte, 8)
	err = check(raw.Options_get_integer(s.options, text, value))
	return int64(native.Uint64(value)), err
}

// OptionType says what the values of an option are.
type OptionType int

// Types of options.
const (
	OptionTypeBool    OptionType = cOptionBool
	OptionTypeInteger OptionType = cOptionInteger
	OptionTypeSize    OptionType = cOptionSize
	OptionTypeChoice  OptionType = cOptionChoice
	OptionTypeText    OptionType = cOptionText
	OptionTypeReal    OptionType = cOptionReal
)

// OptionInfo describes an option.
type OptionInfo struct {
	Name      string
	Type      OptionType
	Mutable   bool // DB.SetOption can change it
	Supported bool // false: reserved for a later version
	// PerKeyspace says that a keyspace may have its own value.
	PerKeyspace bool
	Minimum     int64
	Maximum     int64
	Default     string
	Choices     []string // of OptionTypeChoice
	Help        string
}

// Options describes all options that there are, ordered by name.
func Options() ([]OptionInfo, error) {
	var all []OptionInfo
	for i := int64(0); i < int64(raw.Option_count()); i++ {
		text, err := readText(func(buffer []byte) int64 { return raw.Option_describe(i, buffer, int64(len(buffer))) })
		if err != nil {
			return nil, err
		}
		all = append(all, parseOption(strings.Split(text, "\n")))
	}
	return all, nil
}

// parseOption reads the lines of wombat_shim_option_describe.
func parseOption(line []string) OptionInfo {
	number := func(text string) int64 {
		value, _ := strconv.ParseInt(text, 10, 64)
		return value
	}
	info := OptionInfo{
		Name: line[0], Type: OptionType(number(line[1])), Mutable: line[2] == "1", Supported: line[3] == "1",
		PerKeyspace: line[4] == "1", Minimum: number(line[5]), Maximum: number(line[6]), Default: line[7], Help: line[9],
	}
	if line[8] != "" {
		info.Choices = strings.Split(line[8], "|")
	}
	return info
}

// Sync says when a write is acknowledged.
type Sync int

const (
	// SyncDefault is as option "wal.sync" says.
	SyncDefault Sync = cSyncDefault
	// SyncAlways acknowledges a write when it is durable.
	SyncAlways Sync = cSyncAlways
	// SyncNever acknowledges a write when the operating system has it: it survives the process, not loss of power.
	SyncNever Sync = cSyncNever
)

// WriteOptions says how a write is done. nil is the zero value: the defaults.
type WriteOptions struct {
	Sync    Sync
	NoWait  bool          // fail with ErrBusy where the write would be delayed because background work is behind
	Timeout time.Duration // longest wait for background work; 0: no limit. ErrTimedOut: nothing was written
	TTL     time.Duration // puts are absent again after that; 0: as option "ttl.default_ms" says; TTLNone: never
}

func (o *WriteOptions) parts() (flags, sync int, timeoutMicros int64) {
	if o == nil {
		return 0, 0, 0
	}
	if o.NoWait {
		flags = cWriteNoWait
	}
	return flags, int(o.Sync), micros(o.Timeout)
}

// ttl is the time to live in milliseconds.
func (o *WriteOptions) ttl() (int64, error) {
	if o == nil || o.TTL == 0 {
		return 0, nil
	}
	return ttlMillis(o.TTL)
}

// TTLNone is the time to live of a put that stays, whatever option "ttl.default_ms" says.
const TTLNone time.Duration = math.MinInt64

// ttlMillis is a time to live for the library, where 0 is the default and -1 never. Parts of a millisecond count as one.
func ttlMillis(ttl time.Duration) (int64, error) {
	switch {
	case ttl == TTLNone:
		return -1, nil
	case ttl < 0:
		return 0, invalid("a negative time to live")
	}
	millis := int64(ttl / time.Millisecond)
	if ttl%time.Millisecond != 0 {
		millis++
	}
	return millis, nil
}

// ReadOptions says how a read is done. nil is the zero value: the defaults.
type ReadOptions struct {
	Snapshot    *Snapshot     // nil: the newest state
	AsOf        Moment        // a past state, while option "history.retention_s" keeps it; not together with Snapshot
	NoFillCache bool          // do not push other blocks out of the cache
	Timeout     time.Duration // longest time of a MultiGet; 0: no limit
}

func (o *ReadOptions) parts() (snapshot int64, flags int, timeoutMicros int64, err error) {
	if o == nil {
		return 0, 0, 0, nil
	}
	snapshot, flags, err = stateToRead(o.Snapshot, o.AsOf)
	if o.NoFillCache {
		flags |= cReadKeepCache
	}
	return snapshot, flags, micros(o.Timeout), err
}

// micros is a time limit for the library, where 0 is none: a shorter one than a microsecond becomes that.
func micros(limit time.Duration) int64 {
	if limit <= 0 {
		return 0
	}
	if limit < time.Microsecond {
		return 1
	}
	return limit.Microseconds()
}

// cText returns a text with a zero byte behind it.
func cText(text string) ([]byte, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, invalid("a text holds a zero byte")
	}
	if !utf8.ValidString(text) {
		return nil, invalid("a text is not valid UTF-8")
	}
	return append([]byte(text), 0), nil
}

func callWithTexts(call func(texts ...[]byte) int64, arguments ...string) error {
	texts := make([][]byte, len(arguments))
	for i, argument := range arguments {
		text, err := cText(argument)
		if err != nil {
			return err
		}
		texts[i] = text
	}
	return check(call(texts...))
}

// readLines returns what a call writes, a line end behind each line.
func readLines(call func(buffer []byte) int64) ([]string, error) {
	text, err := readText(call)
	if err != nil || text == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}

// readText returns what a call writes, with a zero byte behind it, into a buffer that is large enough.
func readText(call func(buffer []byte) int64) (string, error) {
	buffer := make([]byte, 4096)
	for {
		length := call(buffer)
		if err := check(length); err != nil {
			return "", err
		}
		if length < int64(len(buffer)) {
			return string(buffer[:length]), nil
		}
		buffer = make([]byte, length+1)
	}
}

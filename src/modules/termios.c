// termios: POSIX terminal control.
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "modules/posix/posix.h"
#include "vm/runtime.h"

static Object *error_class;  // registered root

static Object *fail(int error) {
    Object *number = int_from_i64(error), *text = str_from_cstring(strerror(error));
    Object *arguments = number && text ? tuple_pack(2, number, text) : NULL;
    return arguments ? raise_with((Type *)error_class, arguments) : NULL;
}

// A call that may wait for the terminal.
typedef struct Call {
    int fd, argument, result, error;
    const struct termios *mode;
    int (*function)(struct Call *call);
} Call;

static void *perform(void *p) {
    Call *call = p;
    call->result = call->function(call);
    call->error = errno;
    return NULL;
}

static Object *run(Call *call) {
    if (heap_before_blocking() < 0) {
        return NULL;
    }
    blocking_call(perform, call);
    return call->result < 0 ? fail(call->error) : NONE;
}

// Converts descriptor and number. False with an exception.
static bool convert(Object *fd, Object *argument, Call *call) {
    call->fd = fd_convert(fd);
    if (call->fd < 0) {
        return false;
    }
    call->argument = argument ? int_to_c_int(argument) : 0;
    return !(call->argument == -1 && error_occurred());
}

static Object *termios_tcgetattr(Object *module, Object *fd_object) {
    (void)module;
    int fd = fd_convert(fd_object);
    struct termios mode;
    if (fd < 0) {
        return NULL;
    }
    if (tcgetattr(fd, &mode) < 0) {
        return fail(errno);
    }
    // Without canonical input VMIN and VTIME are numbers.
    Object *characters = list_new(NCCS), *result = list_new(7);
    for (int i = 0; characters && i < NCCS; i++) {
        bool is_number = !(mode.c_lflag & ICANON) && (i == VMIN || i == VTIME);
        Object *item = is_number ? int_from_i64(mode.c_cc[i]) : bytes_from(&mode.c_cc[i], 1);
        if (!item || list_append(characters, item) < 0) {
            return NULL;
        }
    }
    uint32_t numbers[] = { mode.c_iflag, mode.c_oflag,       mode.c_cflag,
                           mode.c_lflag, cfgetispeed(&mode), cfgetospeed(&mode) };
    for (size_t i = 0; characters && result && i < COUNT_OF(numbers); i++) {
        Object *item = int_from_i64(numbers[i]);
        if (!item || list_append(result, item) < 0) {
            return NULL;
        }
    }
    return characters && result && list_append(result, characters) == 0 ? result : NULL;
}

static int set_attributes(Call *call) {
    return tcsetattr(call->fd, call->argument, call->mode);
}

static Object *termios_tcsetattr(Object *module, Object *fd, Object *when, Object *attributes) {
    (void)module;
    struct termios mode;
    Call call = { .mode = &mode, .function = set_attributes };
    if (!convert(fd, when, &call)) {
        return NULL;
    }
    if (!list_check(attributes) || object_length(attributes) != 7) {
        return raise_error(&exc_TypeError, "tcsetattr, arg 3: must be 7 element list");
    }
    if (tcgetattr(call.fd, &mode) < 0) {  // fields that are not shown stay
        return fail(errno);
    }
    uint64_t numbers[6];
    for (ssize_t i = 0; i < 6; i++) {
        Object *item = sequence_getitem(attributes, i);
        numbers[i] = item ? int_to_u64_mask(item) : 0;
        if (error_occurred()) {
            return NULL;
        }
    }
    mode.c_iflag = (tcflag_t)numbers[0];
    mode.c_oflag = (tcflag_t)numbers[1];
    mode.c_cflag = (tcflag_t)numbers[2];
    mode.c_lflag = (tcflag_t)numbers[3];
    Object *characters = sequence_getitem(attributes, 6);
    if (!characters) {
        return NULL;
    }
    if (!list_check(characters) || object_length(characters) != NCCS) {
        return raise_error(&exc_TypeError, "tcsetattr: attributes[6] must be %d element list", NCCS);
    }
    for (ssize_t i = 0; i < NCCS; i++) {
        Object *item = sequence_getitem(characters, i);
        if (!item) {
            return NULL;
        }
        if (bytes_check(item) && bytes_length(item) == 1) {
            mode.c_cc[i] = (cc_t)bytes_data(item)[0];
        } else if (int_check(item)) {
            int value = int_to_c_int(item);
            if (value == -1 && error_occurred()) {
                return NULL;
            }
            mode.c_cc[i] = (cc_t)value;
        } else {
            return raise_error(&exc_TypeError,
                               "tcsetattr: elements of attributes must be characters or integers");
        }
    }
    if (cfsetispeed(&mode, (speed_t)numbers[4]) < 0 || cfsetospeed(&mode, (speed_t)numbers[5]) < 0) {
        return fail(errno);
    }
    return run(&call);
}

static int send_break(Call *call) {
    return tcsendbreak(call->fd, call->argument);
}
static int drain(Call *call) {
    return tcdrain(call->fd);
}
static int flush(Call *call) {
    return tcflush(call->fd, call->argument);
}
static int flow(Call *call) {
    return tcflow(call->fd, call->argument);
}

static Object *termios_tcsendbreak(Object *module, Object *fd, Object *duration) {
    (void)module;
    Call call = { .function = send_break };
    return convert(fd, duration, &call) ? run(&call) : NULL;
}
static Object *termios_tcdrain(Object *module, Object *fd) {
    (void)module;
    Call call = { .function = drain };
    return convert(fd, NULL, &call) ? run(&call) : NULL;
}
static Object *termios_tcflush(Object *module, Object *fd, Object *queue) {
    (void)module;
    Call call = { .function = flush };
    return convert(fd, queue, &call) ? run(&call) : NULL;
}
static Object *termios_tcflow(Object *module, Object *fd, Object *action) {
    (void)module;
    Call call = { .function = flow };
    return convert(fd, action, &call) ? run(&call) : NULL;
}

static Object *termios_tcgetwinsize(Object *module, Object *fd_object) {
    (void)module;
    int fd = fd_convert(fd_object);
    struct winsize size;
    if (fd < 0) {
        return NULL;
    }
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) {
        return fail(errno);
    }
    Object *rows = int_from_i64(size.ws_row), *columns = int_from_i64(size.ws_col);
    return rows && columns ? tuple_pack(2, rows, columns) : NULL;
}

static Object *termios_tcsetwinsize(Object *module, Object *fd_object, Object *sizes) {
    (void)module;
    int fd = fd_convert(fd_object);
    if (fd < 0) {
        return NULL;
    }
    if (!sequence_check(sizes) || object_length(sizes) != 2) {
        return error_occurred()
                   ? NULL
                   : raise_error(&exc_TypeError, "tcsetwinsize, arg 2: must be a two-item sequence");
    }
    int64_t values[2];
    for (ssize_t i = 0; i < 2; i++) {
        Object *item = sequence_getitem(sizes, i), *index = item ? number_index(item) : NULL;
        int overflow;
        if (!index) {
            return NULL;
        }
        values[i] = int_as_i64(index, &overflow);
        if (overflow) {
            return raise_error(&exc_OverflowError, "Python int too large to convert to C long");
        }
    }
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) {  // the sizes in pixels stay
        return fail(errno);
    }
    size.ws_row = (unsigned short)values[0];
    size.ws_col = (unsigned short)values[1];
    if (size.ws_row != values[0] || size.ws_col != values[1]) {
        return raise_error(&exc_OverflowError, "winsize value(s) out of range.");
    }
    return ioctl(fd, TIOCSWINSZ, &size) < 0 ? fail(errno) : NONE;
}

static BuiltinDef functions[] = {
    BUILTIN("tcgetattr", termios_tcgetattr, "($module, fd, /)", 0, NULL),
    BUILTIN("tcsetattr", termios_tcsetattr, "($module, fd, when, attributes, /)", 0, NULL),
    BUILTIN("tcsendbreak", termios_tcsendbreak, "($module, fd, duration, /)", 0, NULL),
    BUILTIN("tcdrain", termios_tcdrain, "($module, fd, /)", 0, NULL),
    BUILTIN("tcflush", termios_tcflush, "($module, fd, queue, /)", 0, NULL),
    BUILTIN("tcflow", termios_tcflow, "($module, fd, action, /)", 0, NULL),
    BUILTIN("tcgetwinsize", termios_tcgetwinsize, "($module, fd, /)", 0, NULL),
    BUILTIN("tcsetwinsize", termios_tcsetwinsize, "($module, fd, winsize, /)", 0, NULL),
    BUILTIN_END,
};

static const PosixConstant constants[] = {
    { "B0", 0x0 },
    { "B1000000", 0x1008 },
    { "B110", 0x3 },
    { "B115200", 0x1002 },
    { "B1152000", 0x1009 },
    { "B1200", 0x9 },
    { "B134", 0x4 },
    { "B150", 0x5 },
    { "B1500000", 0x100a },
    { "B1800", 0xa },
    { "B19200", 0xe },
    { "B200", 0x6 },
    { "B2000000", 0x100b },
    { "B230400", 0x1003 },
    { "B2400", 0xb },
    { "B2500000", 0x100c },
    { "B300", 0x7 },
    { "B3000000", 0x100d },
    { "B3500000", 0x100e },
    { "B38400", 0xf },
    { "B4000000", 0x100f },
    { "B460800", 0x1004 },
    { "B4800", 0xc },
    { "B50", 0x1 },
    { "B500000", 0x1005 },
    { "B57600", 0x1001 },
    { "B576000", 0x1006 },
    { "B600", 0x8 },
    { "B75", 0x2 },
    { "B921600", 0x1007 },
    { "B9600", 0xd },
    { "BRKINT", 0x2 },
    { "BS0", 0x0 },
    { "BS1", 0x2000 },
    { "BSDLY", 0x2000 },
    { "CBAUD", 0x100f },
    { "CBAUDEX", 0x1000 },
    { "CDSUSP", 0x19 },
    { "CEOF", 0x4 },
    { "CEOL", 0x0 },
    { "CEOT", 0x4 },
    { "CERASE", 0x7f },
    { "CFLUSH", 0xf },
    { "CIBAUD", 0x100f0000 },
    { "CINTR", 0x3 },
    { "CKILL", 0x15 },
    { "CLNEXT", 0x16 },
    { "CLOCAL", 0x800 },
    { "CQUIT", 0x1c },
    { "CR0", 0x0 },
    { "CR1", 0x200 },
    { "CR2", 0x400 },
    { "CR3", 0x600 },
    { "CRDLY", 0x600 },
    { "CREAD", 0x80 },
    { "CRPRNT", 0x12 },
    { "CRTSCTS", 0x80000000 },
    { "CS5", 0x0 },
    { "CS6", 0x10 },
    { "CS7", 0x20 },
    { "CS8", 0x30 },
    { "CSIZE", 0x30 },
    { "CSTART", 0x11 },
    { "CSTOP", 0x13 },
    { "CSTOPB", 0x40 },
    { "CSUSP", 0x1a },
    { "CWERASE", 0x17 },
    { "ECHO", 0x8 },
    { "ECHOCTL", 0x200 },
    { "ECHOE", 0x10 },
    { "ECHOK", 0x20 },
    { "ECHOKE", 0x800 },
    { "ECHONL", 0x40 },
    { "ECHOPRT", 0x400 },
    { "EXTA", 0xe },
    { "EXTB", 0xf },
    { "FF0", 0x0 },
    { "FF1", 0x8000 },
    { "FFDLY", 0x8000 },
    { "FIOASYNC", 0x5452 },
    { "FIOCLEX", 0x5451 },
    { "FIONBIO", 0x5421 },
    { "FIONCLEX", 0x5450 },
    { "FIONREAD", 0x541b },
    { "FLUSHO", 0x1000 },
    { "HUPCL", 0x400 },
    { "ICANON", 0x2 },
    { "ICRNL", 0x100 },
    { "IEXTEN", 0x8000 },
    { "IGNBRK", 0x1 },
    { "IGNCR", 0x80 },
    { "IGNPAR", 0x4 },
    { "IMAXBEL", 0x2000 },
    { "INLCR", 0x40 },
    { "INPCK", 0x10 },
    { "IOCSIZE_MASK", 0x3fff0000 },
    { "IOCSIZE_SHIFT", 0x10 },
    { "ISIG", 0x1 },
    { "ISTRIP", 0x20 },
    { "IUCLC", 0x200 },
    { "IXANY", 0x800 },
    { "IXOFF", 0x1000 },
    { "IXON", 0x400 },
    { "NCC", 0x8 },
    { "NCCS", 0x20 },
    { "NL0", 0x0 },
    { "NL1", 0x100 },
    { "NLDLY", 0x100 },
    { "NOFLSH", 0x80 },
    { "N_MOUSE", 0x2 },
    { "N_PPP", 0x3 },
    { "N_SLIP", 0x1 },
    { "N_STRIP", 0x4 },
    { "N_TTY", 0x0 },
    { "OCRNL", 0x8 },
    { "OFDEL", 0x80 },
    { "OFILL", 0x40 },
    { "OLCUC", 0x2 },
    { "ONLCR", 0x4 },
    { "ONLRET", 0x20 },
    { "ONOCR", 0x10 },
    { "OPOST", 0x1 },
    { "PARENB", 0x100 },
    { "PARMRK", 0x8 },
    { "PARODD", 0x200 },
    { "PENDIN", 0x4000 },
    { "TAB0", 0x0 },
    { "TAB1", 0x800 },
    { "TAB2", 0x1000 },
    { "TAB3", 0x1800 },
    { "TABDLY", 0x1800 },
    { "TCFLSH", 0x540b },
    { "TCGETA", 0x5405 },
    { "TCGETS", 0x5401 },
    { "TCIFLUSH", 0x0 },
    { "TCIOFF", 0x2 },
    { "TCIOFLUSH", 0x2 },
    { "TCION", 0x3 },
    { "TCOFLUSH", 0x1 },
    { "TCOOFF", 0x0 },
    { "TCOON", 0x1 },
    { "TCSADRAIN", 0x1 },
    { "TCSAFLUSH", 0x2 },
    { "TCSANOW", 0x0 },
    { "TCSBRK", 0x5409 },
    { "TCSBRKP", 0x5425 },
    { "TCSETA", 0x5406 },
    { "TCSETAF", 0x5408 },
    { "TCSETAW", 0x5407 },
    { "TCSETS", 0x5402 },
    { "TCSETSF", 0x5404 },
    { "TCSETSW", 0x5403 },
    { "TCXONC", 0x540a },
    { "TIOCCONS", 0x541d },
    { "TIOCEXCL", 0x540c },
    { "TIOCGETD", 0x5424 },
    { "TIOCGICOUNT", 0x545d },
    { "TIOCGLCKTRMIOS", 0x5456 },
    { "TIOCGPGRP", 0x540f },
    { "TIOCGSERIAL", 0x541e },
    { "TIOCGSOFTCAR", 0x5419 },
    { "TIOCGWINSZ", 0x5413 },
    { "TIOCINQ", 0x541b },
    { "TIOCLINUX", 0x541c },
    { "TIOCMBIC", 0x5417 },
    { "TIOCMBIS", 0x5416 },
    { "TIOCMGET", 0x5415 },
    { "TIOCMIWAIT", 0x545c },
    { "TIOCMSET", 0x5418 },
    { "TIOCM_CAR", 0x40 },
    { "TIOCM_CD", 0x40 },
    { "TIOCM_CTS", 0x20 },
    { "TIOCM_DSR", 0x100 },
    { "TIOCM_DTR", 0x2 },
    { "TIOCM_LE", 0x1 },
    { "TIOCM_RI", 0x80 },
    { "TIOCM_RNG", 0x80 },
    { "TIOCM_RTS", 0x4 },
    { "TIOCM_SR", 0x10 },
    { "TIOCM_ST", 0x8 },
    { "TIOCNOTTY", 0x5422 },
    { "TIOCNXCL", 0x540d },
    { "TIOCOUTQ", 0x5411 },
    { "TIOCPKT", 0x5420 },
    { "TIOCPKT_DATA", 0x0 },
    { "TIOCPKT_DOSTOP", 0x20 },
    { "TIOCPKT_FLUSHREAD", 0x1 },
    { "TIOCPKT_FLUSHWRITE", 0x2 },
    { "TIOCPKT_NOSTOP", 0x10 },
    { "TIOCPKT_START", 0x8 },
    { "TIOCPKT_STOP", 0x4 },
    { "TIOCSCTTY", 0x540e },
    { "TIOCSERCONFIG", 0x5453 },
    { "TIOCSERGETLSR", 0x5459 },
    { "TIOCSERGETMULTI", 0x545a },
    { "TIOCSERGSTRUCT", 0x5458 },
    { "TIOCSERGWILD", 0x5454 },
    { "TIOCSERSETMULTI", 0x545b },
    { "TIOCSERSWILD", 0x5455 },
    { "TIOCSER_TEMT", 0x1 },
    { "TIOCSETD", 0x5423 },
    { "TIOCSLCKTRMIOS", 0x5457 },
    { "TIOCSPGRP", 0x5410 },
    { "TIOCSSERIAL", 0x541f },
    { "TIOCSSOFTCAR", 0x541a },
    { "TIOCSTI", 0x5412 },
    { "TIOCSWINSZ", 0x5414 },
    { "TOSTOP", 0x100 },
    { "VDISCARD", 0xd },
    { "VEOF", 0x4 },
    { "VEOL", 0xb },
    { "VEOL2", 0x10 },
    { "VERASE", 0x2 },
    { "VINTR", 0x0 },
    { "VKILL", 0x3 },
    { "VLNEXT", 0xf },
    { "VMIN", 0x6 },
    { "VQUIT", 0x1 },
    { "VREPRINT", 0xc },
    { "VSTART", 0x8 },
    { "VSTOP", 0x9 },
    { "VSUSP", 0xa },
    { "VSWTC", 0x7 },
    { "VSWTCH", 0x7 },
    { "VT0", 0x0 },
    { "VT1", 0x4000 },
    { "VTDLY", 0x4000 },
    { "VTIME", 0x5 },
    { "VWERASE", 0xe },
    { "XCASE", 0x4 },
    { "XTABS", 0x1800 },
    { NULL, 0 },
};

static int termios_exec(Object *module) {
    if (!error_class) {
        heap_add_root(&error_class, 1);
        error_class = (Object *)exception_class_new("termios.error", &exc_Exception);
    }
    for (const PosixConstant *c = constants; c->name; c++) {
        if (module_add_int(module, c->name, c->value) < 0) {
            return -1;
        }
    }
    return module_add(module, "error", error_class);
}

const ModuleSpec module_termios = { "termios", NULL, functions, termios_exec };

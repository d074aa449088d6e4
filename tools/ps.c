#include "applet.h"
static int run(const struct args *a) { (void)a; return 0; }
const struct applet applet_ps = { .name = "sdme-ps", .summary = "List containers", .synopsis = "", .run = run };

/* Accesses that only their types, or only their fields, keep apart. */
struct inner { int tag; float weight; double body[3]; };
struct outer { struct inner first; struct inner second[4]; long count; short flags; char name[6]; };
union overlay { double whole; int halves[2]; };
struct list { struct list *next; double value; };

void by_type(double *d, float *f, int *i, long *l, short *s, int n) {
    for (int k = 0; k < n; k++) {
        d[k] = f[k] + i[k];
        l[k] = s[k] + i[k + 1];
        f[k + 1] = (float)d[k + 1];
    }
}

void by_field(struct outer *a, struct outer *b) {
    a->first.weight = (float)b->first.body[1];
    a->second[2].tag = b->second[1].tag + (int)b->count;
    a->count = b->flags;
    a->second[3].body[2] = b->first.body[0] + b->second[3].weight;
    b->first.tag = a->second[0].tag;
}

void through_char(struct outer *a, char *c, double *d) {
    c[3] = 1;
    a->first.body[0] = d[2];
    c[4] = a->name[1];
    a->name[2] = 7;
    d[1] = a->first.body[2];
}

double overlaid(union overlay *u, int *i, double *d) {
    u->halves[1] = i[0];
    d[0] = 1.0;
    double r = u->whole;
    i[2] = u->halves[0];
    return r + d[1];
}

double chase(struct list *l, double *d) {
    double sum = 0.0;
    for (; l; l = l->next) {
        sum += l->value;
        l->value = d[0];
        d[1] += sum;
    }
    return sum;
}

// Freestanding C++: exceptions, virtual calls, destructors, templates, lambdas.
struct Base {
  virtual ~Base();
  virtual int value(int) const { return 1; }
  int data = 3;
};
struct Derived : Base {
  int value(int k) const override { return k + data; }
  double more[2] = {1.5, -2.5};
};
struct Guard {
  int *target;
  explicit Guard(int *t) : target(t) { ++*t; }
  ~Guard() { --*target; }
};
int may_throw(int);
template <typename T> T largest(const T *a, int n) {
  T best = a[0];
  for (int i = 1; i < n; i++) best = a[i] > best ? a[i] : best;
  return best;
}
int caught(int n, int *p) {
  Guard guard(p);
  try {
    if (n > 3) throw n;
    return may_throw(n);
  } catch (int e) {
    return e;
  } catch (Base &b) {
    return b.value(n);
  } catch (...) {
    *p = 7;
    throw;
  }
}
int called(const Base &b, const double *d) { return b.value(3) + static_cast<int>(largest(d, 8)); }
int captured(int n) {
  static int calls = may_throw(1);
  auto add = [&](int k) noexcept { return k + n + calls; };
  Derived d;
  return add(d.value(n)) + may_throw(n);
}

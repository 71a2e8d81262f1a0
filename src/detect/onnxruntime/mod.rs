//! ONNX Runtime through crate `ort`, from a library that is loaded at run time.
//!
//! Session options as measured with a YOLOX-nano-like model at 416×416 on one x86-64 core: all graph optimisations
//! (13.7 → 6.6 ms), one thread that does not spin (two spinning threads burn 47 % of a core at 10 frames a second, one
//! quiet thread 8 %), no memory pattern (4 MB less), no I/O binding (no gain).

mod accelerator;
mod assignment;
mod library;
mod picture;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Outlet, Tensor as OrtTensor, TensorElementType};

use tracing::debug;

use self::library::Library;
use self::picture::PictureTensor;
use super::backend::{Backend, Engine, Plan, Reader};
use super::by_size::BySize;
use super::contract::Ports;
use super::placement::{Placement, place, place_who_ran};
use super::tensor::{Kind, Port, Tensor, Values};
use super::{DetectError, Provider};
use crate::convert::TensorMut;
use crate::types::Size;

/// A session of ONNX Runtime.
pub struct OnnxRuntime {
    session: Session,
    pictures: BySize<PictureTensor>,
    size: Option<OrtTensor<i64>>,
    ports: Ports,
    options: RunOptions<HasSelectedOutputs>,
    engine: Engine,
}

impl OnnxRuntime {
    /// Loads the library, unless an earlier call has, and the model into it.
    pub fn open(plan: &Plan) -> Result<Self, DetectError> {
        let runtime = Runtime::load(plan.library.as_deref())?;
        let version = format!("ONNX Runtime {}", runtime.library.version);
        let refused = |error: ort::Error| plan.refused(&version, error);
        let one_size = keeps_one_size(plan);
        let mut builder = builder(&runtime.environment, plan.threads).map_err(refused)?;
        if one_size {
            builder = with_sides(builder, plan.manifest.input.size).map_err(refused)?;
        }
        let mut placements = accelerator::register(&plan.providers, &plan.options, &mut builder)?;
        let witness = Witness::new(&runtime.library, &placements);
        let mut builder = witness.watch(builder).map_err(refused)?;
        let session = builder.commit_from_memory(&plan.model).map_err(refused)?;
        plan.check(&ports(&session))?;
        let input = plan.manifest.input.size;
        let first = PictureTensor::new(&plan.ports.inputs[0].kind, input).map_err(refused)?;
        let mut opened = Self {
            session,
            pictures: BySize::new(input, first),
            size: size(plan).map_err(refused)?,
            ports: plan.ports.clone(),
            options: options(&plan.ports.outputs).map_err(refused)?,
            engine: Engine {
                backend: "onnxruntime",
                version: format!("{version} ({})", runtime.library.path.display()),
                providers: Vec::new(),
                placements: Vec::new(),
                not_used: Vec::new(),
                one_size,
            },
        };
        if let Err(error) = witness.ask(&mut opened, &mut placements) {
            debug!(error, "the runtime does not tell who took which node");
        }
        opened.engine.providers = used(&placements);
        opened.engine.not_used = accelerator::not_used(&placements);
        opened.engine.placements = placements;
        Ok(opened)
    }

    fn failed(engine: &Engine, reason: impl ToString) -> DetectError {
        DetectError::Run {
            engine: engine.version.clone(),
            reason: reason.to_string(),
        }
    }
}

impl Backend for OnnxRuntime {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn input_mut(&mut self, size: Size) -> Result<TensorMut<'_>, DetectError> {
        let kind = &self.ports.inputs[0].kind;
        let picture = || PictureTensor::new(kind, size);
        let turned = self.pictures.turn_to(size, picture);
        turned.map_err(|error| Self::failed(&self.engine, error))?;
        Ok(self.pictures.current_mut().as_mut())
    }

    fn run(&mut self, read: &mut Reader<'_>) -> Result<(), DetectError> {
        let engine = &self.engine;
        let failed = |error: ort::Error| Self::failed(engine, error);
        let names = self.ports.inputs.iter().map(|port| port.name.as_str());
        let values = std::iter::once(self.pictures.current().value())
            .chain(self.size.iter().map(SessionInputValue::from));
        let inputs: Vec<_> = names.zip(values).collect();
        let outputs = self.session.run_with_options(inputs, &self.options);
        let outputs = outputs.map_err(failed)?;
        let tensors = self.ports.outputs.iter().map(|port| {
            let value = outputs
                .get(&port.name)
                .expect("its declaration was checked");
            tensor(&port.name, value).map_err(failed)
        });
        let tensors = tensors.collect::<Result<Vec<_>, _>>()?;
        Ok(read(&tensors)?)
    }
}

fn used(placements: &[Placement]) -> Vec<String> {
    let used = placements.iter().filter(|placement| placement.is_used());
    used.map(|placement| placement.name.clone()).collect()
}

/// How it becomes known who took which node.
enum Witness {
    /// The session tells.
    Session,
    /// The profile of one inference, in a file whose name begins so.
    Profile(PathBuf),
    /// Nobody; there is only the CPU anyway.
    Nobody,
}

impl Witness {
    fn new(library: &Library, placements: &[Placement]) -> Self {
        let hardware = |placement: &Placement| placement.registered && !placement.is_cpu();
        if library.minor() >= assignment::TELLS_SINCE {
            Self::Session
        } else if placements.iter().any(hardware) {
            let name = format!("watchpost-placement-{}", std::process::id());
            Self::Profile(std::env::temp_dir().join(name))
        } else {
            Self::Nobody
        }
    }

    fn watch(&self, builder: SessionBuilder) -> ort::Result<SessionBuilder> {
        Ok(match self {
            Self::Session => {
                let (key, value) = assignment::RECORD;
                builder.with_config_entry(key, value)?
            }
            Self::Profile(prefix) => builder.with_profiling(prefix)?,
            Self::Nobody => builder,
        })
    }

    /// Writes down what the runtime tells.
    fn ask(&self, opened: &mut OnnxRuntime, placements: &mut Vec<Placement>) -> Result<(), String> {
        match self {
            Self::Session => place(placements, &assignment::recorded(&opened.session)?),
            Self::Profile(_) => {
                let run = opened.run(&mut |_| Ok(()));
                let profile = opened.session.end_profiling();
                let profile = profile.map_err(|error| error.to_string())?;
                let nodes = assignment::profiled(Path::new(&profile))?;
                run.map_err(|error| error.to_string())?;
                place_who_ran(placements, &nodes);
            }
            Self::Nobody => {}
        }
        Ok(())
    }
}

fn builder(environment: &Environment, threads: usize) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_intra_op_spinning(false)?
        .with_memory_pattern(false)?)
}

/// Accelerators compile a model for its input, which then keeps the manifest's size.
fn keeps_one_size(plan: &Plan) -> bool {
    Provider::is_hardware(&plan.providers) || plan.manifest.input.multiple_of.is_none()
}

/// Tells the runtime the sides that a model leaves open, under their usual names.
fn with_sides(builder: SessionBuilder, input: Size) -> ort::Result<SessionBuilder> {
    let Size { width, height } = input;
    let builder = builder.with_dimension_override("height", height.into())?;
    Ok(builder.with_dimension_override("width", width.into())?)
}

/// Only what is read is fetched.
fn options(outputs: &[Port]) -> ort::Result<RunOptions<HasSelectedOutputs>> {
    let outputs = outputs.iter().map(|port| &port.name);
    let selector = outputs.fold(OutputSelector::no_default(), OutputSelector::with);
    Ok(RunOptions::new()?.with_outputs(selector))
}

fn size(plan: &Plan) -> ort::Result<Option<OrtTensor<i64>>> {
    let wanted = plan.ports.inputs.len() > 1;
    let size = || OrtTensor::from_array(([1_usize, 2], plan.size.to_vec()));
    wanted.then(size).transpose()
}

fn ports(session: &Session) -> Ports {
    Ports {
        inputs: session.inputs().iter().map(port).collect(),
        outputs: session.outputs().iter().map(port).collect(),
    }
}

fn port(outlet: &Outlet) -> Port {
    let dtype = outlet.dtype();
    let kind = match dtype.tensor_type() {
        Some(TensorElementType::Float32) => Kind::Float,
        Some(TensorElementType::Uint8) => Kind::Byte,
        Some(TensorElementType::Int64) => Kind::Integer,
        _ => Kind::Other(dtype.to_string()),
    };
    let dims = dtype
        .tensor_shape()
        .map(|shape| shape.iter().map(|&dim| usize::try_from(dim).ok()).collect());
    Port {
        name: outlet.name().to_owned(),
        kind,
        dims,
    }
}

fn tensor<'a>(name: &'a str, value: &'a DynValue) -> ort::Result<Tensor<'a>> {
    let (shape, values) = match value.dtype().tensor_type() {
        Some(TensorElementType::Int64) => {
            let (shape, values) = value.try_extract_tensor::<i64>()?;
            (shape, Values::Integer(Cow::Borrowed(values)))
        }
        _ => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (shape, Values::Float(Cow::Borrowed(values)))
        }
    };
    let shape = shape.iter().map(|&dim| dim as usize).collect();
    Ok(Tensor {
        name,
        shape,
        values,
    })
}

/// The library and its environment, of which a process can have one.
#[derive(Clone)]
struct Runtime {
    library: Library,
    environment: Environment,
}

static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// The runtime of this process, from the library at `path` or the first usable one.
    fn load(path: Option<&Path>) -> Result<Self, DetectError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return match path {
                Some(asked) if asked != runtime.library.path => Err(DetectError::OtherLibrary {
                    asked: asked.to_owned(),
                    loaded: runtime.library.path.clone(),
                }),
                _ => Ok(runtime.clone()),
            };
        }
        let library = Library::find(path)?;
        let environment = environment(&library).map_err(|error| library.unusable(error))?;
        let runtime = Self {
            library,
            environment,
        };
        Ok(loaded.insert(runtime).clone())
    }
}

fn environment(library: &Library) -> Result<Environment, String> {
    let builder = ort::init_from(&library.path).map_err(|error| error.to_string())?;
    builder
        .with_telemetry(false)
        .build()
        .map_err(|error| error.to_string())
}
